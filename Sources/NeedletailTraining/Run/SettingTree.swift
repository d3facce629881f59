#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A configuration as names and values, so that two can be compared whatever they consist of.
enum SettingTree: Decodable {
    case members([String: SettingTree])
    case list([SettingTree])
    case value(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let members = try? container.decode([String: SettingTree].self) {
            self = .members(members)
        } else if let list = try? container.decode([SettingTree].self) {
            self = .list(list)
        } else if let flag = try? container.decode(Bool.self) {
            self = .value("\(flag)")
        } else if let number = try? container.decode(UInt64.self) {
            self = .value("\(number)")
        } else if let number = try? container.decode(Double.self) {
            self = .value("\(number)")
        } else if let text = try? container.decode(String.self) {
            self = .value("'\(text)'")
        } else {
            self = .value("nothing")
        }
    }

    /// Names with points between them, and what they are set to.
    static func leaves(of value: some Encodable) -> [String: String] {
        guard let data = try? JSONEncoder().encode(value),
            let tree = try? JSONDecoder().decode(SettingTree.self, from: data)
        else { return [:] }
        var leaves: [String: String] = [:]
        tree.collect(into: &leaves, under: "")
        return leaves
    }

    private func collect(into leaves: inout [String: String], under name: String) {
        func joined(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
        switch self {
        case .value(let text): leaves[name] = text
        case .members(let members): for (key, tree) in members { tree.collect(into: &leaves, under: joined(key)) }
        case .list(let list):
            for (index, tree) in list.enumerated() { tree.collect(into: &leaves, under: joined("\(index)")) }
        }
    }
}
