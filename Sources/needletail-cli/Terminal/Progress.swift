import NeedletailPlatform

/// Progress of a count of equal pieces of work, with rate and remaining time.
///
/// On a terminal one line that is written over; elsewhere a plain line now and then.
struct Progress {
    private let label: String
    private let unit: String
    private let total: Int
    private let doneBefore: Int
    private let later: Later
    private let isShown: Bool
    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant
    private var hasLine = false

    /// What follows when all pieces are done.
    enum Later {
        case nothing
        /// Nobody knows yet how long it takes; what is counted is a part of its own.
        case unknown(part: String)
        case seconds(Double)
    }

    /// - Parameter done: Pieces that are done already, in no time.
    init(_ label: String, unit: String, total: Int, done: Int = 0, later: Later = .nothing, console: Console) {
        self.label = label
        self.unit = unit
        self.total = total
        doneBefore = done
        self.later = later
        isShown = !console.isQuiet
        // One that cannot go back in a line is like a file.
        isTerminal = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { strcmp($0, "dumb") != 0 } ?? false
        lastShown = start
    }

    /// Shows that `done` pieces are done, unless something was shown just before.
    mutating func update(_ done: Int, detail: String = "") {
        guard isShown else { return }
        let now = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
        guard lastShown.duration(to: now) >= pause else { return }
        lastShown = now
        let elapsed = Self.seconds(start.duration(to: now))
        let rate = Double(done - doneBefore) / max(elapsed, 1e-9)
        let one = unit.hasSuffix("s") ? unit.dropLast() : unit[...]
        let speed = rate >= 1 ? "\(Self.decimal(rate)) \(unit)/s" : "\(Self.decimal(1 / max(rate, 1e-9))) s/\(one)"
        let text =
            "\(label) \(done)/\(total), \(speed), \(remaining(done, rate: rate))\(detail.isEmpty ? "" : ", \(detail)")"
        if isTerminal {
            StandardError.write(text, steering: "\r\u{1B}[K")
            hasLine = true
        } else {
            StandardError.write(text + "\n")
        }
    }

    private func remaining(_ done: Int, rate: Double) -> String {
        let seconds = rate > 0 ? Double(total - done) / rate : .infinity
        return switch later {
        case .nothing: "\(Self.clock(seconds)) left"
        case .unknown(let part): "\(Self.clock(seconds)) left of \(part)"
        case .seconds(let more): "\(Self.clock(seconds + more)) left"
        }
    }

    /// Removes the line that is written over, so that other output starts clean.
    mutating func clear() {
        guard hasLine else { return }
        StandardError.write("", steering: "\r\u{1B}[K")
        hasLine = false
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// `42 s`, `3:05` or `1:02:03`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e7 else { return "?" }
        let whole = Int(saturating: seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 3600 { return "\(whole / 60):\(padded(whole % 60))" }
        return "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
    }

    /// A number with one digit after the point.
    static func decimal(_ value: Double) -> String { Table.number(value, digits: 1) }
}
