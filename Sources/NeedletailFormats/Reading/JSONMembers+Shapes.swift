import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

extension JSONMembers {
    /// Numbers that must be there.
    func numbers(_ keys: StaticString...) throws -> [Double] {
        try keys.map { try required($0, double($0)) }
    }

    /// The points of a list of objects with `x` and `y`, as `x, y, x, y ...`.
    func pointObjects(_ key: StaticString) throws -> [Double] {
        var points: [Double] = []
        try forEach(key) { json in points += try inner(&json).numbers("x", "y") }
        return points
    }

    /// A size in whole pixels; 0 when it is missing or no such number.
    func size(_ key: StaticString) throws -> Int {
        guard has(key) else { return 0 }
        return try double(key).flatMap { Int(exactly: $0.rounded()) } ?? 0
    }

    /// Whether a flag is set, as `true` or a number other than 0.
    func isTrue(_ key: StaticString) throws -> Bool {
        var flag = try reader(key)
        return try flag?.readLenientFlag() ?? false
    }

    /// The texts of a list.
    func texts(_ key: StaticString) throws -> [String] {
        var texts: [String] = []
        try forEach(key) { texts.append(try $0.readString()) }
        return texts
    }
}
