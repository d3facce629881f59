import NeedletailPlatform
import Synchronization

/// Ctrl-C and `kill`: the first asks the work to stop at a good place, the second ends the program.
enum Interruption {
    private static let wasAsked = Atomic<Bool>(false)
    private static let stateIsWanted = Atomic<Bool>(false)

    static func watch() {
        // Programs inherit what the thread that starts them has blocked, and worker threads block all signals.
        var numbers = sigset_t()
        sigemptyset(&numbers)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&numbers, number)
            signal(number) { number in
                Interruption.ask()
                signal(number, SIG_DFL)
            }
        }
        sigaddset(&numbers, SIGUSR1)
        signal(SIGUSR1) { _ in Interruption.wantState() }
        pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    }

    fileprivate static func wantState() { stateIsWanted.store(true, ordering: .relaxed) }

    /// Whether SIGUSR1 has come since this was asked last: schedulers send it some time before they end a job.
    static func takeStateWish() -> Bool { stateIsWanted.exchange(false, ordering: .relaxed) }

    fileprivate static func ask() { wasAsked.store(true, ordering: .relaxed) }

    static var isRequested: Bool { wasAsked.load(ordering: .relaxed) }
}
