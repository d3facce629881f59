import ArgumentParser
import Needletail

/// How long the network may take.
struct FetchOptions: ParsableArguments {
    @Option(help: "Seconds that a server may take to be reached.")
    var timeout = Download.Policy().reachTimeoutSeconds

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else {
            throw ValidationError("--timeout takes a number of seconds above 0.")
        }
    }
}
