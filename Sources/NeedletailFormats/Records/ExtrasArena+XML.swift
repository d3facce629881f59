import NeedletailDatasets
import NeedletailSystem
import NeedletailText

extension ExtrasArena {
    /// Adds elements as members, those of one name as a list.
    func add(_ elements: [XMLElement]) {
        var buffer = ByteBuffer(growingFrom: 64)
        for (place, element) in elements.enumerated() {
            let alike = elements.filter { $0.name == element.name }
            guard elements.firstIndex(where: { $0.name == element.name }) == place else { continue }
            buffer.truncate(to: 0)
            if alike.count == 1 { element.appendJSON(to: &buffer) } else { XMLElement.appendJSON(alike, to: &buffer) }
            add(element.name, .json(buffer.bytes))
        }
    }
}
