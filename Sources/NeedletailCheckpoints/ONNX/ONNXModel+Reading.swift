import NeedletailArchives
import NeedletailSystem

extension ONNXModel {
    /// Opens a file. Tensors are mapped, also those in files beside it.
    ///
    /// - Throws: `CheckpointError`.
    package init(contentsOf path: String) throws(CheckpointError) {
        let file: ByteSource
        do { file = try ByteSource(mapping: path) } catch { throw CheckpointError(error) }
        try self.init(file)
    }

    /// - Throws: `CheckpointError`.
    package init(_ file: ByteSource) throws(CheckpointError) {
        do {
            let reading = ONNXReading(file)
            self = try reading.model(ProtobufReader(file.bytes))
        } catch let reason as CheckpointError.Reason {
            throw CheckpointError(path: file.path, reason: reason)
        } catch let fault as ContentFault {
            throw CheckpointError(path: file.path, reason: CheckpointError.Reason(fault))
        } catch let error as FileError {
            throw CheckpointError(error)
        } catch {
            throw CheckpointError(path: file.path, reason: .malformed(detail: "\(error)"))
        }
    }

    /// Whether bytes may be an ONNX file: they have no signature, but begin with a version and hold a graph.
    package static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = ProtobufReader(bytes)
        var hasVersion = false
        while true {
            let next: ProtobufReader.Field?
            do { next = try reader.next() } catch {
                // One that was cut off ends within a field, usually the graph.
                if case ContentFault.truncated? = error as? ContentFault { return hasVersion }
                return false
            }
            guard let field = next else { return false }
            switch (field.number, field.content) {
            case (1, .varint(let version)) where (1...100).contains(version): hasVersion = true
            case (5, .varint), (2...4, .bytes), (6, .bytes), (14, .bytes), (20, .bytes), (25, .bytes): break
            case (7, .bytes), (8, .bytes): if hasVersion { return true }
            default: return false
            }
        }
    }
}

/// A tensor in a message of its own, as recorded inputs and outputs of test models are kept.
extension StoredTensor {
    /// - Throws: `CheckpointError`.
    package init(tensorMessage path: String) throws(CheckpointError) {
        let file: ByteSource
        do { file = try ByteSource(mapping: path) } catch { throw CheckpointError(error) }
        do {
            self = try ONNXReading(file).tensor(ProtobufReader(file.bytes))
        } catch let reason as CheckpointError.Reason {
            throw CheckpointError(path: path, reason: reason)
        } catch let fault as ContentFault {
            throw CheckpointError(path: path, reason: CheckpointError.Reason(fault))
        } catch {
            throw CheckpointError(path: path, reason: .malformed(detail: "\(error)"))
        }
    }
}

/// Reads the messages of one file.
private final class ONNXReading {
    private let file: ByteSource
    /// Files beside it that tensors lie in.
    private var others: [String: ByteSource] = [:]

    /// Graphs may stand in nodes of graphs; real ones do two or three deep.
    private static let maximumDepth = 16

    init(_ file: ByteSource) { self.file = file }

    func model(_ message: ProtobufReader) throws -> ONNXModel {
        var message = message, model = ONNXModel(), hasGraph = false
        model.irVersion = 0
        while let field = try message.next() {
            switch field.number {
            case 1: model.irVersion = try field.count()
            case 2: model.producer = try field.text()
            case 3: model.producerVersion = try field.text()
            case 6: model.documentation = try field.text()
            case 7:
                hasGraph = true
                model.graph = try graph(try field.message(), depth: 0)
            case 8: try operatorSet(try field.message(), into: &model.operatorSets)
            case 14: model.metadata.append(try entry(try field.message()))
            case 25: model.functions.append(try function(try field.message()))
            default: break
            }
        }
        guard hasGraph else { throw CheckpointError.Reason.malformed(detail: "an ONNX file without a graph") }
        return model
    }

    private func operatorSet(_ message: ProtobufReader, into sets: inout [String: Int]) throws {
        var message = message, domain = "", version = 0
        while let field = try message.next() {
            switch field.number {
            case 1: domain = try field.text()
            case 2: version = try field.count()
            default: break
            }
        }
        sets[domain == "ai.onnx" ? "" : domain] = version
    }

    private func entry(_ message: ProtobufReader) throws -> (key: String, value: String) {
        var message = message, key = "", value = ""
        while let field = try message.next() {
            switch field.number {
            case 1: key = try field.text()
            case 2: value = try field.text()
            default: break
            }
        }
        return (key, value)
    }

    private func graph(_ message: ProtobufReader, depth: Int) throws -> ONNXGraph {
        guard depth < Self.maximumDepth else {
            throw CheckpointError.Reason.limitExceeded(detail: "graphs within graphs, \(depth) deep")
        }
        var message = message, graph = ONNXGraph()
        while let field = try message.next() {
            switch field.number {
            case 1: graph.nodes.append(try node(try field.message(), depth: depth))
            case 2: graph.name = try field.text()
            case 5: graph.initializers.append(try tensor(try field.message()))
            case 11: graph.inputs.append(try value(try field.message()))
            case 12: graph.outputs.append(try value(try field.message()))
            case 15: throw CheckpointError.Reason.unsupported(detail: "a sparse tensor, which is not read")
            default: break
            }
        }
        return graph
    }

    private func function(_ message: ProtobufReader) throws -> ONNXFunction {
        var message = message, function = ONNXFunction()
        while let field = try message.next() {
            switch field.number {
            case 1: function.name = try field.text()
            case 4: function.inputs.append(try field.text())
            case 5: function.outputs.append(try field.text())
            case 7: function.nodes.append(try node(try field.message(), depth: 1))
            case 9: try operatorSet(try field.message(), into: &function.operatorSets)
            case 10: function.domain = try field.text()
            case 11:
                let (name, value) = try attribute(try field.message(), depth: 1)
                function.defaults[name] = value
            default: break
            }
        }
        if function.domain == "ai.onnx" { function.domain = "" }
        return function
    }

    private func node(_ message: ProtobufReader, depth: Int) throws -> ONNXNode {
        var message = message, node = ONNXNode("", inputs: [], outputs: [])
        while let field = try message.next() {
            switch field.number {
            case 1: node.inputs.append(try field.text())
            case 2: node.outputs.append(try field.text())
            case 3: node.name = try field.text()
            case 4: node.kind = try field.text()
            case 5:
                let (name, value) = try attribute(try field.message(), depth: depth)
                node.attributes[name] = value
            case 7: node.domain = try field.text()
            default: break
            }
        }
        if node.domain == "ai.onnx" { node.domain = "" }
        return node
    }

    private func attribute(_ message: ProtobufReader, depth: Int) throws -> (String, ONNXAttribute) {
        var message = message, name = ""
        var single: ONNXAttribute?
        var kind = 0
        var floats: [Float] = [], integers: [Int64] = [], texts: [String] = []
        while let field = try message.next() {
            switch field.number {
            case 1: name = try field.text()
            case 2: single = .float(try field.float())
            case 3: single = .integer(try field.integer())
            // What is not UTF-8 is no text that an operator here looks at.
            case 4: single = .text(String(decoding: try field.bytes(), as: UTF8.self))
            case 5: single = .tensor(try tensor(try field.message()))
            case 6: single = .graph(try graph(try field.message(), depth: depth + 1))
            case 7: floats += try field.floats()
            case 8: integers += try field.integers()
            case 9: texts.append(String(decoding: try field.bytes(), as: UTF8.self))
            case 20: kind = try field.count()
            case 21: single = .reference(try field.text())
            default: break
            }
        }
        // Proto3 leaves out what is 0 or empty: the kind tells what is meant.
        switch kind {
        case 1: return (name, single ?? .float(0))
        case 2: return (name, single ?? .integer(0))
        case 3: return (name, single ?? .text(""))
        case 6: return (name, reference(single) ?? .floats(floats))
        case 7: return (name, reference(single) ?? .integers(integers))
        case 8: return (name, reference(single) ?? .texts(texts))
        default:
            if let single { return (name, single) }
            if !floats.isEmpty { return (name, .floats(floats)) }
            if !integers.isEmpty { return (name, .integers(integers)) }
            return (name, texts.isEmpty ? .other : .texts(texts))
        }
    }

    private func reference(_ attribute: ONNXAttribute?) -> ONNXAttribute? {
        if case .reference? = attribute { attribute } else { nil }
    }

    private func value(_ message: ProtobufReader) throws -> ONNXValue {
        var message = message, value = ONNXValue("", nil, nil)
        while let field = try message.next() {
            switch field.number {
            case 1: value.name = try field.text()
            case 2:
                var type = try field.message()
                while let field = try type.next() {
                    guard field.number == 1 else { continue }
                    var tensor = try field.message()
                    while let field = try tensor.next() {
                        switch field.number {
                        case 1: value.scalarType = StoredTensor.ScalarType(onnxCode: try field.count())
                        case 2: value.dimensions = try dimensions(try field.message())
                        default: break
                        }
                    }
                }
            default: break
            }
        }
        return value
    }

    private func dimensions(_ message: ProtobufReader) throws -> [ONNXValue.Dimension] {
        var message = message, dimensions: [ONNXValue.Dimension] = []
        while let field = try message.next() {
            guard field.number == 1 else { continue }
            var message = try field.message(), dimension = ONNXValue.Dimension.free("")
            while let field = try message.next() {
                switch field.number {
                // Some writers put 0 or -1 for what is open.
                case 1: if case let size = try field.count(), size > 0 { dimension = .fixed(size) }
                case 2: dimension = .free(try field.text())
                default: break
                }
            }
            dimensions.append(dimension)
        }
        return dimensions
    }
}

extension ONNXReading {
    func tensor(_ message: ProtobufReader) throws -> StoredTensor {
        var message = message, name = "", code = 0, shape: [Int] = []
        var raw: UnsafeRawBufferPointer?
        var floats: [UnsafeRawBufferPointer] = [], doubles: [UnsafeRawBufferPointer] = []
        var integers: [Int64] = []
        var isExternal = false, external: [String: String] = [:]
        while let field = try message.next() {
            switch (field.number, field.content) {
            case (1, _):
                for size in try field.integers() {
                    guard let size = Int(exactly: size) else {
                        throw CheckpointError.Reason.malformed(detail: "a tensor has an impossible size")
                    }
                    shape.append(size)
                }
            case (2, _): code = try field.count()
            case (4, .bytes(let bytes)): floats.append(bytes)
            case (4, _): integers.append(Int64(try field.float().bitPattern))
            case (5, _), (7, _), (11, _): integers += try field.integers()
            case (8, _): name = try field.text()
            case (9, _): raw = try field.bytes()
            case (10, .bytes(let bytes)): doubles.append(bytes)
            case (10, .fixed64(let bits)): integers.append(Int64(bitPattern: bits))
            case (13, _):
                let (key, value) = try entry(try field.message())
                external[key] = value
            case (14, _): isExternal = try field.integer() == 1
            default: break
            }
        }
        guard let scalarType = StoredTensor.ScalarType(onnxCode: code) else {
            throw CheckpointError.Reason.unsupported(
                detail: "tensor '\(printable(name))' holds numbers of ONNX's kind \(code), which are not read")
        }
        func stored(_ storage: UnsafeRawBufferPointer, _ owner: ByteSource) throws -> StoredTensor {
            guard let count = StoredTensor.elementCount(of: shape),
                case let (needed, overflows) = count.multipliedReportingOverflow(by: scalarType.byteCount), !overflows,
                needed == storage.count
            else {
                throw CheckpointError.Reason.malformed(
                    detail: "tensor '\(printable(name))' of shape \(shape) has \(storage.count) bytes")
            }
            return try StoredTensor(name: name, scalarType: scalarType, shape: shape, storage: storage, file: owner)
        }
        if isExternal {
            let (bytes, owner) = try externalBytes(external, of: name)
            return try stored(bytes, owner)
        }
        if let raw { return try stored(raw, file) }
        let packed = floats + doubles
        if packed.count == 1, integers.isEmpty { return try stored(packed[0], file) }
        let bytes = packed.isEmpty ? integers.flatMap { scalarType.bytes(ofBits: $0) } : packed.flatMap { Array($0) }
        let memory = ByteSource(synthetic: bytes, path: file.path)
        return try stored(memory.bytes, memory)
    }

    /// The bytes of a tensor in a file beside this one, in its folder or below.
    private func externalBytes(_ place: [String: String], of name: String) throws -> (
        UnsafeRawBufferPointer, ByteSource
    ) {
        func refusal(_ detail: String) -> CheckpointError.Reason {
            .malformed(detail: "tensor '\(printable(name))' \(detail)")
        }
        guard let location = place["location"], !location.isEmpty else {
            throw refusal("lies in a file without a name")
        }
        guard !location.hasPrefix("/"), !location.utf8.contains(0), !location.utf8.contains(UInt8(ascii: "\\")),
            !location.split(separator: "/").contains("..")
        else { throw refusal("lies outside the file's folder, in '\(printable(location))', which is not opened") }
        let owner: ByteSource
        if let known = others[location] {
            owner = known
        } else {
            let folder = FilePath.parent(of: file.path)
            owner = try ByteSource(mapping: folder + "/" + location)
            // Caches of models keep a file and its data in one folder, and links to both in another.
            let place = FilePath.resolved(owner.path)
            let allowed = [FilePath.resolved(folder), FilePath.parent(of: FilePath.resolved(file.path))]
            guard allowed.contains(where: { place.hasPrefix($0 == "/" ? $0 : $0 + "/") }) else {
                throw refusal("lies outside the file's folder, where the link '\(printable(location))' leads")
            }
            others[location] = owner
        }
        func number(_ key: String, or missing: Int) throws -> Int {
            guard let text = place[key] else { return missing }
            guard let value = Int(text), value >= 0 else {
                throw refusal("has the impossible \(key) '\(printable(text))'")
            }
            return value
        }
        let offset = try number("offset", or: 0)
        guard offset <= owner.bytes.count else { throw refusal("begins behind the end of '\(printable(location))'") }
        let count = try number("length", or: owner.bytes.count - offset)
        guard count <= owner.bytes.count - offset else {
            throw CheckpointError.Reason.truncated(
                detail: "tensor '\(printable(name))' ends behind the end of '\(printable(location))'")
        }
        return (UnsafeRawBufferPointer(rebasing: owner.bytes[offset..<offset + count]), owner)
    }
}

extension StoredTensor.ScalarType {
    /// The bytes of a number of which ONNX has written the value, or the bits where it is a half or bfloat16.
    fileprivate func bytes(ofBits value: Int64) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0.prefix(byteCount)) }
    }
}
