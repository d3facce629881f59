import Foundation

/// A program that was started and has not been waited for.
public final class RunningProgram {
    private let process = Process()
    private let folder: TemporaryFolder
    private let output: FileHandle
    private let errors: FileHandle

    init(path: String, arguments: [String], folder workingFolder: String?, environment: [String: String]) throws {
        // Files instead of pipes: nobody needs to read while the program writes.
        folder = try TemporaryFolder()
        output = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.write("", to: "output")))
        errors = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.write("", to: "errors")))
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let workingFolder { process.currentDirectoryURL = URL(fileURLWithPath: workingFolder) }
        // Help is wrapped at the width of the terminal, which tests do not have.
        process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "80"]) { $1 }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    public var isRunning: Bool { process.isRunning }

    /// The number of its process.
    public var identifier: Int32 { process.processIdentifier }

    /// What Ctrl-C does.
    public func interrupt() { process.interrupt() }

    /// Ends it at once, without asking.
    public func kill() { _ = Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Waits for the program's end.
    public func finish() throws -> Program.Outcome {
        process.waitUntilExit()
        try output.close()
        try errors.close()
        let isSignal = process.terminationReason == .uncaughtSignal
        return Program.Outcome(
            status: isSignal ? -process.terminationStatus : process.terminationStatus,
            output: try folder.text(of: "output"), errors: try folder.text(of: "errors"))
    }
}
