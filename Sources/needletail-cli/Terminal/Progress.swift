#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Progress of a count of equal pieces of work, with rate and remaining time.
///
/// On a terminal one line that is written over; elsewhere a plain line now and then.
struct Progress {
    private let label: String
    private let unit: String
    private let total: Int
    private let isShown: Bool
    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant
    private var hasLine = false

    init(_ label: String, unit: String, total: Int, console: Console) {
        self.label = label
        self.unit = unit
        self.total = total
        isShown = !console.isQuiet
        isTerminal = isatty(STDERR_FILENO) == 1
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
        let rate = Double(done) / max(elapsed, 1e-9)
        let remaining = done > 0 ? Self.clock(Double(total - done) / max(rate, 1e-9)) : "?"
        let one = unit.hasSuffix("s") ? unit.dropLast() : unit[...]
        let speed = rate >= 1 ? "\(Self.decimal(rate)) \(unit)/s" : "\(Self.decimal(1 / max(rate, 1e-9))) s/\(one)"
        let text = "\(label) \(done)/\(total), \(speed), \(remaining) left\(detail.isEmpty ? "" : ", \(detail)")"
        if isTerminal {
            StandardError.write("\r\u{1B}[K" + text)
            hasLine = true
        } else {
            StandardError.write(text + "\n")
        }
    }

    /// Removes the line that is written over, so that other output starts clean.
    mutating func clear() {
        guard hasLine else { return }
        StandardError.write("\r\u{1B}[K")
        hasLine = false
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// `42 s`, `3:05` or `1:02:03`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e7 else { return "?" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 3600 { return "\(whole / 60):\(padded(whole % 60))" }
        return "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
    }

    /// A number with one digit after the point.
    static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
