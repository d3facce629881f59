import Needletail
import NeedletailProcesses

/// What came of a photograph, wherever it was looked at.
struct FoundObjects: Sendable {
    var detections: [Detection] = []
    var size = Image.Size(width: 0, height: 0)
    /// Whether there was more than the greatest number of objects.
    var isAtLimit = false
    /// Why it was set aside.
    var failure: String?
    /// Whether the system could not read it, whatever it holds.
    var isUnreadable = false

    static let form = SharedStream<FoundObjects>.Form(
        write: { found, message in
            message.append(found.detections) { $0.append($1) }
            for number in [
                found.size.width, found.size.height, found.isAtLimit ? 1 : 0, found.isUnreadable ? 1 : 0,
            ] {
                message.append(number)
            }
            message.append(found.failure.map { [$0] } ?? []) { $0.append($1) }
        },
        read: { message in
            var found = FoundObjects()
            found.detections = message.nextArray { $0.nextDetection() }
            found.size = Image.Size(width: message.nextInt(), height: message.nextInt())
            found.isAtLimit = message.nextInt() != 0
            found.isUnreadable = message.nextInt() != 0
            found.failure = message.nextArray { $0.nextString() }.first
            return found
        })
}
