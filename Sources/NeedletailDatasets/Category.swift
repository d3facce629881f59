/// A class of objects, under the name and identifier that its dataset gives it.
public struct Category: Hashable, Sendable {
    public var id: RecordID {
        didSet { number = id.integer ?? 0 }
    }
    public var name: String
    public var supercategory: String?
    /// The identifier as detections and metrics carry it: `id` where it is a whole number, otherwise a number
    /// that no other category of the dataset has.
    public internal(set) var number: Int
    package var origin: RecordOrigin

    public init(id: RecordID, name: String, supercategory: String? = nil) {
        self.init(id: id, name: name, supercategory: supercategory, origin: .none)
    }

    package init(id: RecordID, name: String, supercategory: String?, origin: RecordOrigin) {
        self.id = id
        self.name = name
        self.supercategory = supercategory
        self.origin = origin
        number = id.integer ?? 0
    }

    /// Gives every category whose identifier is not a whole number the lowest free number from 1, in order.
    static func assignNumbers(_ categories: inout [Category]) {
        var used = Set(categories.compactMap(\.id.integer))
        var next = 1
        for index in categories.indices where categories[index].id.integer == nil {
            while !used.insert(next).inserted { next += 1 }
            categories[index].number = next
        }
    }
}
