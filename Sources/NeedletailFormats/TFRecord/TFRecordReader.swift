import NeedletailArchives
import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem

/// Reads the examples of TFRecord files.
struct TFRecordReader {
    let batch = RecordBatch(source: 0)
    var images: EmbeddedImages
    private let isLenient: Bool
    /// The classes by their numbers.
    private var names: [Int: String]
    /// Classes that examples name.
    private var numbers: [String: Int] = [:]

    init(images: EmbeddedImages, names: [Int: String], isLenient: Bool) {
        (self.images, self.names, self.isLenient) = (images, names, isLenient)
    }

    /// The classes by their numbers, as far as those tell them apart.
    var categories: [Category] {
        var all = names
        for (name, number) in numbers where all[number] == nil { all[number] = name }
        let known = Set(all.values)
        guard known.count == all.count, numbers.keys.allSatisfy(known.contains) else { return [] }
        return all.sorted { $0.key < $1.key }.map { Category(id: .integer($0.key), name: $0.value) }
    }

    mutating func read(_ path: String, split: String?) throws {
        let source = try ByteSource(contentsOf: path)
        var file = TFRecordFile(source)
        var released = 0
        while true {
            let record: (number: Int, content: UnsafeRawBufferPointer)?
            do { record = try file.next() } catch {
                // Where a record ends cannot be told behind one that is damaged.
                guard isLenient else { throw error }
                batch.refusals.append(error)
                return
            }
            guard let record else { return }
            do { try readExample(record.content, split: split) } catch {
                let problem = (error as? Problem)?.text ?? (error as? ContentFault)?.detail ?? "\(error)"
                let failure = AnnotationError(
                    .schema, file: path, record: "record \(record.number)", problem: problem,
                    remedy:
                        "Write examples with the keys of TensorFlow's Object Detection API, image/object/bbox/xmin …")
                guard isLenient, error is Problem || error is ContentFault else {
                    throw error is Problem || error is ContentFault ? failure : error
                }
                batch.refusals.append(failure)
            }
            // The images are the most of it, and are looked at once.
            if let start = source.bytes.baseAddress, let content = record.content.baseAddress {
                let end = content - start + record.content.count
                if end - released > 1 << 24 {
                    source.release(released..<end)
                    released = end
                }
            }
        }
    }

    private struct Problem: Error {
        var text: String
    }

    private mutating func readExample(_ content: UnsafeRawBufferPointer, split: String?) throws {
        let example = try TFExample(content)
        let encoded = example.bytes("image/encoded").first
        let name = example.text("image/filename") ?? example.text("image/source_id")
        guard let name, !name.isEmpty else { throw Problem(text: "the example has no image/filename") }
        var (width, height) = (example.size("image/width"), example.size("image/height"))
        if width == 0 || height == 0, let encoded, let header = try? ImageInformation(bytes: Array(encoded)) {
            (width, height) = (header.storedWidth, header.storedHeight)
        }
        let edges = try ["xmin", "ymin", "xmax", "ymax"].map { key -> [Float] in
            let key = "image/object/bbox/\(key)"
            if let values = example.floats(key) { return values }
            if example.features[key] != nil { throw Problem(text: "\(key) holds no numbers with fractions") }
            return []
        }
        let count = edges[0].count
        guard edges.allSatisfy({ $0.count == count }) else {
            throw Problem(text: "the four edges of the boxes are \(edges.map(\.count)) numbers")
        }
        guard count == 0 || (width > 0 && height > 0) else {
            throw Problem(text: "the size of the image is needed, and neither image/width nor the image tells it")
        }
        if let split { batch.extras.add("split", split) }
        let file = try images.take(encoded, name: name)
        batch.addImage(name: file, width: width, height: height)
        for place in 0..<count { addObject(place, example, edges, width, height) }
    }

    private mutating func addObject(
        _ place: Int, _ example: TFExample, _ edges: [[Float]], _ width: Int, _ height: Int
    ) {
        func number(_ key: String) -> Int? {
            let values = example.integers("image/object/\(key)")
            return values.indices.contains(place) ? Int(exactly: values[place]) : nil
        }
        let texts = example.bytes("image/object/class/text")
        let label = number("class/label")
        var name = texts.indices.contains(place) ? String(decoding: texts[place], as: UTF8.self) : nil
        if name == nil, let label { name = names[label] ?? "\(label)" }
        if let name, let label, numbers[name] == nil { numbers[name] = label }
        let areas = example.floats("image/object/area") ?? []
        let corners = edges.enumerated().map { edge, values in
            Self.pixels(values[place], of: edge.isMultiple(of: 2) ? width : height)
        }
        batch.addObject(
            category: batch.category(called: name),
            box: Box(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3]),
            area: areas.indices.contains(place) && areas[place].isFinite ? Double("\(areas[place])") : nil,
            isCrowd: number("is_crowd") ?? 0 != 0, isDifficult: number("difficult") ?? 0 != 0)
    }

    /// A share in pixels, to as many decimals as its 24 bits tell apart in an image of that size.
    private static func pixels(_ share: Float, of size: Int) -> Double {
        let value = Double(share) * Double(size)
        var scale = 1.0
        while scale * 10 * Double(size) < 0x1p24, scale < 1e6 { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}
