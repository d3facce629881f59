import NeedletailPlatform
import NeedletailSystem

extension ONNXModel {
    /// The bytes of the file: the same for the same model.
    package var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.integer(1, irVersion)
        if !producer.isEmpty { message.text(2, producer) }
        if !producerVersion.isEmpty { message.text(3, producerVersion) }
        if !documentation.isEmpty { message.text(6, documentation) }
        message.message(7, graph.message)
        for (domain, version) in operatorSets.sorted(by: { $0.key < $1.key }) {
            var set = ProtobufMessage()
            set.text(1, domain)
            set.integer(2, version)
            message.message(8, set)
        }
        for (key, value) in metadata {
            var entry = ProtobufMessage()
            entry.text(1, key)
            entry.text(2, value)
            message.message(14, entry)
        }
        return message
    }

    /// Writes the file whole or not at all. It is read again, and has to say the same, before it takes its name.
    ///
    /// - Throws: `FileError`, `CheckpointError`.
    package func write(to path: String) throws {
        var output = try AtomicFile(path: path, waitsForDisk: true)
        try message.write { try output.write($0) }
        try output.verify { written in
            let file = try ByteSource(mapping: written)
            var place = 0, isSame = true
            try ONNXModel(file).message.write { bytes in
                guard let own = bytes.baseAddress else { return }
                isSame = isSame && bytes.count <= file.bytes.count - place
                if isSame, let start = file.bytes.baseAddress { isSame = memcmp(own, start + place, bytes.count) == 0 }
                place += bytes.count
            }
            guard isSame, place == file.bytes.count else {
                throw CheckpointError(
                    path: path, reason: .malformed(detail: "what was written is not what is read of it"))
            }
        }
        try output.commit()
    }
}

extension ONNXGraph {
    package var message: ProtobufMessage {
        var message = ProtobufMessage()
        for node in nodes { message.message(1, node.message) }
        message.text(2, name)
        for tensor in initializers { message.message(5, tensor.message) }
        for input in inputs { message.message(11, input.message) }
        for output in outputs { message.message(12, output.message) }
        return message
    }
}

extension ONNXNode {
    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        for input in inputs { message.text(1, input) }
        for output in outputs { message.text(2, output) }
        if !name.isEmpty { message.text(3, name) }
        message.text(4, kind)
        for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
            if let part = attribute.message(named: name) { message.message(5, part) }
        }
        if !domain.isEmpty { message.text(7, domain) }
        return message
    }
}

extension ONNXAttribute {
    /// Nil for what cannot be written, since it was not read.
    fileprivate func message(named name: String) -> ProtobufMessage? {
        var message = ProtobufMessage()
        message.text(1, name)
        let kind: Int
        switch self {
        case .float(let value):
            message.float(2, value)
            kind = 1
        case .integer(let value):
            message.integer(3, value)
            kind = 2
        case .text(let value):
            message.text(4, value)
            kind = 3
        case .tensor(let value):
            message.message(5, value.message)
            kind = 4
        case .graph(let value):
            message.message(6, value.message)
            kind = 5
        case .floats(let values):
            message.packed(7, values)
            kind = 6
        case .integers(let values):
            message.packed(8, values)
            kind = 7
        case .texts(let values):
            for value in values { message.text(9, value) }
            kind = 8
        case .reference, .other: return nil
        }
        message.integer(20, kind)
        return message
    }
}

extension StoredTensor {
    /// As ONNX keeps a tensor.
    package var message: ProtobufMessage {
        var message = ProtobufMessage()
        if !shape.isEmpty { message.packed(1, shape.map(Int64.init)) }
        message.integer(2, scalarType.onnxCode)
        message.text(8, name)
        message.numbers(9, of: self)
        return message
    }
}

extension ONNXValue {
    fileprivate var message: ProtobufMessage {
        var tensor = ProtobufMessage()
        if let scalarType { tensor.integer(1, scalarType.onnxCode) }
        if let dimensions {
            var shape = ProtobufMessage()
            for dimension in dimensions {
                var part = ProtobufMessage()
                switch dimension {
                case .fixed(let size): part.integer(1, size)
                case .free(let name): if !name.isEmpty { part.text(2, name) }
                }
                shape.message(1, part)
            }
            tensor.message(2, shape)
        }
        var type = ProtobufMessage()
        type.message(1, tensor)
        var message = ProtobufMessage()
        message.text(1, name)
        message.message(2, type)
        return message
    }
}
