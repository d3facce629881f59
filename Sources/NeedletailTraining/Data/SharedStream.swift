import NeedletailGeometry
import NeedletailProcesses

/// What the processes of a group find in many items, in the order of the items and the same in all of them: each looks at
/// every n-th, and they tell one another now and then.
///
/// A process alone gets each as soon as it has found it.
public final class SharedStream<Element> {
    /// How what was found goes from process to process.
    public struct Form: Sendable {
        public var write: @Sendable (Element, inout Message) -> Void
        public var read: @Sendable (inout Message) -> Element

        public init(
            write: @escaping @Sendable (Element, inout Message) -> Void,
            read: @escaping @Sendable (inout Message) -> Element
        ) {
            self.write = write
            self.read = read
        }
    }

    private let count: Int
    private let group: any ProcessGroup
    private let form: Form
    private let findNext: () throws -> Element
    private var taken = 0
    private var ready: [Element] = []
    private var stops = false
    private var isStopped = false

    /// Items of each process after which they tell one another.
    private static var turn: Int { 4 }

    /// The items that a process looks at.
    public static func own(of count: Int, group: any ProcessGroup) -> [Int] {
        Array(stride(from: group.rank, to: count, by: group.count))
    }

    /// - Parameters:
    ///   - count: Of all items.
    ///   - findNext: What is found in the next of the items that are this process's.
    public init(count: Int, group: any ProcessGroup, form: Form, findNext: @escaping () throws -> Element) {
        self.count = count
        self.group = group
        self.form = form
        self.findNext = findNext
    }

    /// What was found in the next item, whoever has looked at it; nil after the last, or when it was stopped.
    ///
    /// - Throws: `ProcessError`, and what finding throws.
    public func next() throws -> Element? {
        if group.isAlone {
            guard taken < count, !stops else { return nil }
            taken += 1
            return try findNext()
        }
        if ready.isEmpty, !isStopped { try findTogether() }
        guard !ready.isEmpty else { return nil }
        taken += 1
        return ready.removeFirst()
    }

    /// Asks for an end before the last item; the others follow.
    public func stop() { stops = true }

    /// Whether all items were looked at, without being stopped at the last: the same in all processes.
    ///
    /// - Throws: `ProcessError`
    public func finish() throws(ProcessError) -> Bool {
        let isStopped = isStopped ? true : try group.anywhere(stops)
        return !isStopped && taken == count
    }

    private func findTogether() throws {
        let items = taken..<min(taken + Self.turn * group.count, count)
        guard !items.isEmpty else { return }
        let own = try items.filter { $0 % group.count == group.rank }.map { _ in try findNext() }
        var message = Message()
        message.append(stops ? 1 : 0)
        for element in own { form.write(element, &message) }
        var answers = try group.gather(message)
        for rank in answers.indices where answers[rank].nextInt() != 0 { isStopped = true }
        if isStopped { return }
        var mine = own.makeIterator()
        ready = items.compactMap { item in
            let rank = item % group.count
            return rank == group.rank ? mine.next() : form.read(&answers[rank])
        }
    }
}

extension Message {
    /// A detection without its category's name.
    public mutating func append(_ detection: Detection) {
        for value in [detection.box.x, detection.box.y, detection.box.width, detection.box.height, detection.score] {
            append(value)
        }
        append(detection.categoryID)
    }

    public mutating func nextDetection() -> Detection {
        let box = Box(x: nextDouble(), y: nextDouble(), width: nextDouble(), height: nextDouble())
        return Detection(box: box, score: nextDouble(), categoryID: nextInt())
    }
}
