import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C and `kill`: the first asks the work to stop at a good place, the second ends the program.
enum Interruption {
    private static let wasAsked = Atomic<Bool>(false)

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.ask()
                signal(number, SIG_DFL)
            }
        }
    }

    fileprivate static func ask() { wasAsked.store(true, ordering: .relaxed) }

    static var isRequested: Bool { wasAsked.load(ordering: .relaxed) }
}
