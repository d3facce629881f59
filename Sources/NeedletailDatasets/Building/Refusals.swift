import NeedletailSystem

/// Records that a lenient reader left out.
package struct Refusals: Sendable {
    /// Why, in the order of the file.
    package private(set) var errors: [AnnotationError] = []
    /// By list, where in the file the records stand that the columns do not have, ascending.
    private var places: [String: [Int]] = [:]

    /// - Parameter place: The record's place in its list, when no column has it; ascending from call to call.
    package mutating func append(_ error: AnnotationError, list: String, place: Int?) {
        errors.append(error)
        if let place { places[list, default: []].append(place) }
    }

    /// Calls the files in the errors otherwise.
    mutating func callFiles(_ name: (String) -> String) {
        for place in errors.indices { errors[place].file = name(errors[place].file) }
    }

    /// Notes that rows are going to be removed from the columns as well.
    ///
    /// - Parameter rows: As they are now, ascending.
    package mutating func insert(_ rows: [Int], in list: String) {
        let more = rows.map { place(ofRow: $0, in: list) }
        places[list] = (places[list, default: []] + more).sorted()
    }

    /// Where in its list of the file the record of a row stands.
    package func place(ofRow row: Int, in list: String) -> Int {
        guard let refused = places[list] else { return row }
        // The refused records before: those that have at most `row` kept ones before them.
        var low = 0
        var high = refused.count
        while low < high {
            let middle = (low + high) / 2
            if refused[middle] - middle <= row { low = middle + 1 } else { high = middle }
        }
        return row + low
    }

    /// Adds the lines in one pass over the file, and puts the errors into its order.
    package mutating func nameLines(in source: ByteSource) {
        errors.sort { ($0.byteOffset ?? 0) < ($1.byteOffset ?? 0) }
        var line = 1
        var passed = 0
        for index in errors.indices {
            guard let offset = errors[index].byteOffset, errors[index].line == nil else { continue }
            while passed < min(offset, source.bytes.count) {
                if source.bytes[passed] == 0x0A { line += 1 }
                passed += 1
            }
            errors[index].line = line
        }
    }
}
