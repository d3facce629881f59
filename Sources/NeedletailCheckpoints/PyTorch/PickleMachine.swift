/// Reads one pickle of protocol 2 to 5 without running anything.
///
/// A pickle is a program for a small stack machine. This machine knows the opcodes that build plain data, and a
/// closed list of globals (`PickleGlobal`) that it stands in for itself. Everything is bounded by the number of
/// opcodes, and every read by the bytes at hand, so that any input ends in a value or an error.
struct PickleMachine {
    static let maximumInstructionCount = 1 << 22
    static let maximumTensorCount = 1 << 18
    /// Longer byte strings are arrays or code, which weights are not kept in.
    static let maximumByteStringCount = 64

    /// Written by the calls of the extension beside this one.
    var heap = PickleHeap()
    /// Items duplicated by `list(x)` and the like, which could grow faster than the instructions.
    var copiedItemCount = 0
    private var reader: ByteReader
    private var stack: [PickleValue] = []
    /// Stack heights at which a MARK was set.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// Where the next byte after the pickle lies, once `run` has returned.
    var position: Int { reader.position }

    /// - Parameter position: First byte of the pickle in `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
        reader = ByteReader(bytes, at: position)
    }

    /// Runs to the STOP opcode and returns what it leaves.
    ///
    /// - Throws: `CheckpointError.Reason`.
    mutating func run() throws -> PickleValue {
        for _ in 0..<Self.maximumInstructionCount {
            let opcode = try reader.byte()
            if opcode == Opcode.stop { return try pop() }
            try execute(opcode)
        }
        throw CheckpointError.Reason.limitExceeded(
            detail: "its pickle has more than \(Self.maximumInstructionCount) instructions")
    }

    // MARK: Instructions

    private mutating func execute(_ opcode: UInt8) throws {
        switch opcode {
        case Opcode.protocolVersion:
            let version = try reader.byte()
            guard (2...5).contains(version) else {
                throw CheckpointError.Reason.unsupported(detail: "pickle protocol \(version) is not supported")
            }
        case Opcode.frame: _ = try reader.take(8)
        case Opcode.mark: marks.append(stack.count)
        case Opcode.pop:
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case Opcode.popMark: _ = try popToMark()
        case Opcode.duplicate: stack.append(try top())

        case Opcode.none: stack.append(.none)
        case Opcode.true: stack.append(.boolean(true))
        case Opcode.false: stack.append(.boolean(false))
        case Opcode.int32: stack.append(.integer(Int64(try reader.integer(Int32.self))))
        case Opcode.uint8: stack.append(.integer(Int64(try reader.byte())))
        case Opcode.uint16: stack.append(.integer(Int64(try reader.integer(UInt16.self))))
        case Opcode.long1: try pushLong(byteCount: Int(reader.byte()))
        case Opcode.long4: try pushLong(byteCount: reader.count(Int32.self))
        case Opcode.real:
            stack.append(.real(Double(bitPattern: UInt64(bigEndian: try reader.integer(UInt64.self)))))

        case Opcode.shortText: try pushText(byteCount: Int(reader.byte()))
        case Opcode.text: try pushText(byteCount: reader.count(UInt32.self))
        case Opcode.text8: try pushText(byteCount: reader.count(UInt64.self))
        case Opcode.shortOldText: try pushOldText(byteCount: Int(reader.byte()))
        case Opcode.oldText: try pushOldText(byteCount: reader.count(Int32.self))
        case Opcode.shortBytes: try pushBytes(count: Int(reader.byte()))
        case Opcode.bytes: try pushBytes(count: reader.count(UInt32.self))
        case Opcode.bytes8, Opcode.byteArray8: try pushBytes(count: reader.count(UInt64.self))

        case Opcode.emptyList: stack.append(heap.list([]))
        case Opcode.list:
            let items = try popToMark()
            stack.append(heap.list(items))
        case Opcode.append: try append([pop()])
        case Opcode.appends: try append(popToMark())
        case Opcode.emptyTuple: stack.append(heap.tuple([]))
        case Opcode.tuple:
            let items = try popToMark()
            stack.append(heap.tuple(items))
        case Opcode.tuple1: try pushTuple(count: 1)
        case Opcode.tuple2: try pushTuple(count: 2)
        case Opcode.tuple3: try pushTuple(count: 3)
        case Opcode.emptyDictionary: stack.append(heap.dictionary([]))
        case Opcode.dictionary:
            let items = try popToMark()
            stack.append(heap.dictionary([]))
            try setItems(items)
        case Opcode.setItem:
            let value = try pop()
            try setItems([pop(), value])
        case Opcode.setItems: try setItems(popToMark())
        case Opcode.emptySet: stack.append(.inert("set"))
        case Opcode.addItems: _ = try popToMark()
        case Opcode.frozenSet:
            _ = try popToMark()
            stack.append(.inert("frozenset"))

        case Opcode.put: memo[Int(try reader.byte())] = try top()
        case Opcode.longPut: memo[Int(try reader.integer(UInt32.self))] = try top()
        case Opcode.memoize: memo[memo.count] = try top()
        case Opcode.get: try pushMemo(Int(reader.byte()))
        case Opcode.longGet: try pushMemo(Int(reader.integer(UInt32.self)))

        case Opcode.global:
            let module = try reader.line()
            try pushGlobal(reader.line(), in: module)
        case Opcode.stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw malformed("a global is not named by text")
            }
            try pushGlobal(name, in: module)
        case Opcode.reduce:
            let arguments = try pop()
            let function = try pop()
            stack.append(try call(function, arguments: arguments))
        case Opcode.newObject:
            let arguments = try pop()
            let type = try pop()
            stack.append(try call(type, arguments: arguments))
        case Opcode.newObjectKeywords:
            _ = try pop()
            let arguments = try pop()
            let type = try pop()
            stack.append(try call(type, arguments: arguments))
        case Opcode.build: try build(state: pop())
        case Opcode.persistentID:
            let id = try pop()
            stack.append(try storage(id))

        default:
            let digits = String(opcode, radix: 16)
            throw CheckpointError.Reason.unsupported(
                detail: "its pickle uses instruction 0x\(digits) at byte \(reader.position - 1), which weights do not "
                    + "need. Save the model's state_dict() alone, or convert the file to safetensors where you trust it"
            )
        }
    }

    private mutating func pop() throws -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw malformed("its pickle takes a value from an empty stack")
        }
        return value
    }

    private func top() throws -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw malformed("its pickle takes a value from an empty stack")
        }
        return value
    }

    private mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("its pickle closes a group that it never opened") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    private mutating func pushTuple(count: Int) throws {
        var items: [PickleValue] = []
        for _ in 0..<count { items.append(try pop()) }
        stack.append(heap.tuple(items.reversed()))
    }

    private mutating func pushLong(byteCount: Int) throws {
        let digits = try reader.take(byteCount)
        guard byteCount <= 8 else {
            // No size or count needs more than 64 bits; PyTorch's magic number has its own check.
            stack.append(.inert("int of \(byteCount) bytes"))
            return
        }
        var bits: UInt64 = 0
        for (index, digit) in digits.enumerated() { bits |= UInt64(digit) << (8 * UInt64(index)) }
        let isNegative = digits.last.map { $0 & 0x80 != 0 } ?? false
        if isNegative, byteCount < 8 { bits |= ~0 << (8 * UInt64(byteCount)) }
        stack.append(.integer(Int64(bitPattern: bits)))
    }

    private mutating func pushText(byteCount: Int) throws {
        stack.append(.string(try reader.text(byteCount)))
    }

    /// Python 2's `str`: text if it is ASCII, bytes otherwise.
    private mutating func pushOldText(byteCount: Int) throws {
        let bytes = try reader.take(byteCount)
        if bytes.allSatisfy({ $0 < 0x80 }) {
            stack.append(.string(String(decoding: bytes, as: UTF8.self)))
        } else {
            stack.append(byteCount <= Self.maximumByteStringCount ? .bytes(Array(bytes)) : .inert("bytes"))
        }
    }

    private mutating func pushBytes(count: Int) throws {
        let bytes = try reader.take(count)
        stack.append(count <= Self.maximumByteStringCount ? .bytes(Array(bytes)) : .inert("bytes"))
    }

    private mutating func pushMemo(_ index: Int) throws {
        guard let value = memo[index] else { throw malformed("its pickle recalls value \(index), never stored") }
        stack.append(value)
    }

    private mutating func pushGlobal(_ name: String, in module: String) throws {
        guard let global = PickleGlobal.named(name, in: module) else {
            throw CheckpointError.Reason.refusedGlobal(name: printable("\(module).\(name)"))
        }
        stack.append(.global(global))
    }

    private mutating func append(_ items: [PickleValue]) throws {
        switch try top() {
        case .list(let index): heap.lists[index].append(contentsOf: items)
        case .inert: break
        case let other: throw malformed("its pickle appends to a value of type \(other.typeName)")
        }
    }

    private mutating func setItems(_ items: [PickleValue]) throws {
        guard items.count.isMultiple(of: 2) else { throw malformed("its pickle sets a key without a value") }
        switch try top() {
        case .dictionary(let index):
            for position in stride(from: 0, to: items.count, by: 2) {
                heap.dictionaries[index].append(.init(key: items[position], value: items[position + 1]))
            }
        case .inert: break
        case let other: throw malformed("its pickle sets items of a value of type \(other.typeName)")
        }
    }

    /// Attributes set on an object. None matters for weights; only the kinds of objects that have them are checked.
    private mutating func build(state: PickleValue) throws {
        switch try top() {
        case .dictionary, .tensor, .unsupportedTensor, .inert: break
        case .numpyType:
            if let items = heap.items(state), items.count > 1, case .string(let order) = items[1], order == ">" {
                throw CheckpointError.Reason.unsupported(detail: "big-endian NumPy values are not supported")
            }
        case let other: throw malformed("its pickle sets attributes of a value of type \(other.typeName)")
        }
    }

    private func malformed(_ detail: String) -> CheckpointError.Reason {
        .malformed(detail: "\(detail) (at byte \(reader.position))")
    }
}

/// The pickle opcodes in use, by what they do here.
private enum Opcode {
    static let mark: UInt8 = 0x28  // (
    static let emptyTuple: UInt8 = 0x29  // )
    static let stop: UInt8 = 0x2e  // .
    static let pop: UInt8 = 0x30  // 0
    static let popMark: UInt8 = 0x31  // 1
    static let duplicate: UInt8 = 0x32  // 2
    static let bytes: UInt8 = 0x42  // B
    static let shortBytes: UInt8 = 0x43  // C
    static let real: UInt8 = 0x47  // G
    static let int32: UInt8 = 0x4a  // J
    static let uint8: UInt8 = 0x4b  // K
    static let uint16: UInt8 = 0x4d  // M
    static let none: UInt8 = 0x4e  // N
    static let persistentID: UInt8 = 0x51  // Q
    static let reduce: UInt8 = 0x52  // R
    static let oldText: UInt8 = 0x54  // T
    static let shortOldText: UInt8 = 0x55  // U
    static let text: UInt8 = 0x58  // X
    static let emptyList: UInt8 = 0x5d  // ]
    static let append: UInt8 = 0x61  // a
    static let build: UInt8 = 0x62  // b
    static let global: UInt8 = 0x63  // c
    static let dictionary: UInt8 = 0x64  // d
    static let appends: UInt8 = 0x65  // e
    static let get: UInt8 = 0x68  // h
    static let longGet: UInt8 = 0x6a  // j
    static let list: UInt8 = 0x6c  // l
    static let put: UInt8 = 0x71  // q
    static let longPut: UInt8 = 0x72  // r
    static let setItem: UInt8 = 0x73  // s
    static let tuple: UInt8 = 0x74  // t
    static let setItems: UInt8 = 0x75  // u
    static let emptyDictionary: UInt8 = 0x7d  // }
    static let protocolVersion: UInt8 = 0x80
    static let newObject: UInt8 = 0x81
    static let tuple1: UInt8 = 0x85
    static let tuple2: UInt8 = 0x86
    static let tuple3: UInt8 = 0x87
    static let `true`: UInt8 = 0x88
    static let `false`: UInt8 = 0x89
    static let long1: UInt8 = 0x8a
    static let long4: UInt8 = 0x8b
    static let shortText: UInt8 = 0x8c
    static let text8: UInt8 = 0x8d
    static let bytes8: UInt8 = 0x8e
    static let emptySet: UInt8 = 0x8f
    static let addItems: UInt8 = 0x90
    static let frozenSet: UInt8 = 0x91
    static let newObjectKeywords: UInt8 = 0x92
    static let stackGlobal: UInt8 = 0x93
    static let memoize: UInt8 = 0x94
    static let frame: UInt8 = 0x95
    static let byteArray8: UInt8 = 0x96
}
