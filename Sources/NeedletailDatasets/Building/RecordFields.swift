import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// The members of a record that have no column, as JSON text.
///
/// Members point into the text, which is there as long as this value or the dataset is.
package struct RecordFields {
    package struct Member {
        package let key: JSONText
        package let value: UnsafeBufferPointer<UInt8>

        package var reader: JSONReader { JSONReader(UnsafeRawBufferPointer(value)) }

        /// Whether it says what another says, numbers up to rounding, masks whichever way their runs are written.
        package func isSame(as other: Member) -> Bool {
            JSONComparison.isSame(value, other.value, tolerance: 1e-6)
                || key.equals("segmentation") && runLengths.map { $0 == other.runLengths } ?? false
        }

        /// The mask that a segmentation is; nil where it is none.
        fileprivate var runLengths: RunLengthMask? {
            var json = reader
            return (try? json.peek()) == .object ? try? json.readRunLengths() : nil
        }
    }

    package private(set) var members: [Member] = []
    /// Holds the text.
    private var source: ByteSource?

    static let annotationColumns: [StaticString] = [
        "id", "image_id", "category_id", "bbox", "area", "iscrowd", "difficult",
    ]
    static let imageColumns: [StaticString] = ["id", "file_name", "width", "height"]
    package static let categoryColumns: [StaticString] = ["id", "name", "supercategory"]

    /// - Parameter columns: The keys to leave out, because they have a column.
    package init(_ origin: RecordOrigin, of dataset: Dataset, except columns: [StaticString]) {
        guard !origin.isNone else { return }
        let source = dataset.sources[origin.source]
        self.source = source
        var json = JSONReader(source.bytes, at: origin.offset)
        json.acceptsNonFinite = true
        do {
            try json.beginObject()
            while let key = try json.nextKey() {
                let range = try json.skipValue()
                if columns.contains(where: { key.equals($0) }) { continue }
                members.append(Member(key: key, value: UnsafeBufferPointer(rebasing: source.text[range])))
            }
        } catch {
            // It was valid when it was read; the writers find out whether the file has changed since.
            members = []
        }
    }

    /// The last member of a name.
    package subscript(name: StaticString) -> Member? {
        members.last { $0.key.equals(name) }
    }

    package func text(_ name: StaticString) -> String? {
        guard var json = self[name]?.reader else { return nil }
        return try? json.readOptionalString()
    }

    package func double(_ name: StaticString) -> Double? {
        guard var json = self[name]?.reader else { return nil }
        return try? json.readOptionalDouble()
    }

    package func double(_ name: String) -> Double? {
        guard var json = members.last(where: { $0.key.string == name })?.reader else { return nil }
        return try? json.readOptionalDouble()
    }

    package func integer(_ name: StaticString) -> Int? {
        guard var json = self[name]?.reader else { return nil }
        return try? json.readOptionalInteger()
    }

    package func flag(_ name: StaticString) -> Bool? {
        guard var json = self[name]?.reader else { return nil }
        return try? json.readFlag()
    }

    /// `[x, y, width, height]`.
    package func box(_ name: StaticString) -> Box? {
        guard var json = self[name]?.reader else { return nil }
        return try? json.readBox()
    }

    /// A list of numbers.
    package func doubles(_ name: StaticString) -> [Double]? { list(name) { json in try json.readDouble() } }

    /// A list of texts.
    package func texts(_ name: StaticString) -> [String]? { list(name) { json in try json.readString() } }

    private func list<Element>(_ name: StaticString, _ read: (inout JSONReader) throws -> Element) -> [Element]? {
        guard var json = self[name]?.reader else { return nil }
        var elements: [Element] = []
        do {
            try json.beginArray()
            while try json.nextElement() { elements.append(try read(&json)) }
        } catch { return nil }
        return elements
    }

    /// A text as it is, anything else as its JSON.
    package func textOrJSON(_ name: StaticString) -> String? {
        guard let member = self[name] else { return nil }
        return text(name) ?? String(decoding: member.value, as: UTF8.self)
    }

    /// The polygons of COCO's `segmentation`, each `x, y, x, y ...`; empty when it is run-length coded or missing.
    package var polygons: [[Double]] {
        guard var json = self["segmentation"]?.reader, (try? json.peek()) == .array else { return [] }
        return (try? json.readPolygons()) ?? []
    }

    /// The mask of COCO's `segmentation`; nil when it is polygons, missing, or of other pixels than it says.
    package var runLengths: RunLengthMask? { self["segmentation"]?.runLengths }

    /// What the outline reaches over; nil when there is none.
    var outlineExtent: Box? { Box(around: polygons.flatMap(\.self)) ?? runLengths?.extent }

    /// Those of the polygons that enclose something.
    package var usablePolygons: [[Double]] { polygons.filter(isUsablePolygon) }
}

extension Dataset {
    /// The members of an annotation that have no column.
    package func fields(ofAnnotation row: Int) -> RecordFields {
        RecordFields(annotations.origins[row], of: self, except: RecordFields.annotationColumns)
    }

    /// The annotations of which a polygon has fewer than three points or no area, ascending.
    ///
    /// Cost: the records are read from their file.
    package var degeneratePolygonRows: [Int] {
        concurrentFlatMap(runs: annotations.count) { rows in
            rows.filter {
                !annotations.origins[$0].isNone && !fields(ofAnnotation: $0).polygons.allSatisfy(isUsablePolygon)
            }
        }
    }

    /// The members of an image that have no column.
    package func fields(ofImage row: Int) -> RecordFields {
        RecordFields(images.origins[row], of: self, except: RecordFields.imageColumns)
    }
}
