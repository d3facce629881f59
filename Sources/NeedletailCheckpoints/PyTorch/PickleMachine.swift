import NeedletailArchives

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
            if opcode == PickleOpcode.stop { return try pop() }
            try execute(opcode)
        }
        throw CheckpointError.Reason.limitExceeded(
            detail: "its pickle has more than \(Self.maximumInstructionCount) instructions")
    }

    // MARK: Instructions

    private mutating func execute(_ opcode: UInt8) throws {
        switch opcode {
        case PickleOpcode.protocolVersion:
            let version = try reader.byte()
            guard (2...5).contains(version) else {
                throw CheckpointError.Reason.unsupported(detail: "pickle protocol \(version) is not supported")
            }
        case PickleOpcode.frame: _ = try reader.take(8)
        case PickleOpcode.mark: marks.append(stack.count)
        case PickleOpcode.pop:
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case PickleOpcode.popMark: _ = try popToMark()
        case PickleOpcode.duplicate: stack.append(try top())

        case PickleOpcode.none: stack.append(.none)
        case PickleOpcode.true: stack.append(.boolean(true))
        case PickleOpcode.false: stack.append(.boolean(false))
        case PickleOpcode.int32: stack.append(.integer(Int64(try reader.integer(Int32.self))))
        case PickleOpcode.uint8: stack.append(.integer(Int64(try reader.byte())))
        case PickleOpcode.uint16: stack.append(.integer(Int64(try reader.integer(UInt16.self))))
        case PickleOpcode.long1: try pushLong(byteCount: Int(reader.byte()))
        case PickleOpcode.long4: try pushLong(byteCount: reader.count(Int32.self))
        case PickleOpcode.real:
            stack.append(.real(Double(bitPattern: UInt64(bigEndian: try reader.integer(UInt64.self)))))

        case PickleOpcode.shortText: try pushText(byteCount: Int(reader.byte()))
        case PickleOpcode.text: try pushText(byteCount: reader.count(UInt32.self))
        case PickleOpcode.text8: try pushText(byteCount: reader.count(UInt64.self))
        case PickleOpcode.shortOldText: try pushOldText(byteCount: Int(reader.byte()))
        case PickleOpcode.oldText: try pushOldText(byteCount: reader.count(Int32.self))
        case PickleOpcode.shortBytes: try pushBytes(count: Int(reader.byte()))
        case PickleOpcode.bytes: try pushBytes(count: reader.count(UInt32.self))
        case PickleOpcode.bytes8, PickleOpcode.byteArray8: try pushBytes(count: reader.count(UInt64.self))

        case PickleOpcode.emptyList: stack.append(heap.list([]))
        case PickleOpcode.list:
            let items = try popToMark()
            stack.append(heap.list(items))
        case PickleOpcode.append: try append([pop()])
        case PickleOpcode.appends: try append(popToMark())
        case PickleOpcode.emptyTuple: stack.append(heap.tuple([]))
        case PickleOpcode.tuple:
            let items = try popToMark()
            stack.append(heap.tuple(items))
        case PickleOpcode.tuple1: try pushTuple(count: 1)
        case PickleOpcode.tuple2: try pushTuple(count: 2)
        case PickleOpcode.tuple3: try pushTuple(count: 3)
        case PickleOpcode.emptyDictionary: stack.append(heap.dictionary([]))
        case PickleOpcode.dictionary:
            let items = try popToMark()
            stack.append(heap.dictionary([]))
            try setItems(items)
        case PickleOpcode.setItem:
            let value = try pop()
            try setItems([pop(), value])
        case PickleOpcode.setItems: try setItems(popToMark())
        case PickleOpcode.emptySet: stack.append(.inert("set"))
        case PickleOpcode.addItems: _ = try popToMark()
        case PickleOpcode.frozenSet:
            _ = try popToMark()
            stack.append(.inert("frozenset"))

        case PickleOpcode.put: memo[Int(try reader.byte())] = try top()
        case PickleOpcode.longPut: memo[Int(try reader.integer(UInt32.self))] = try top()
        case PickleOpcode.memoize: memo[memo.count] = try top()
        case PickleOpcode.get: try pushMemo(Int(reader.byte()))
        case PickleOpcode.longGet: try pushMemo(Int(reader.integer(UInt32.self)))

        case PickleOpcode.global:
            let module = try reader.line()
            try pushGlobal(reader.line(), in: module)
        case PickleOpcode.stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw malformed("a global is not named by text")
            }
            try pushGlobal(name, in: module)
        case PickleOpcode.reduce:
            let arguments = try pop()
            let function = try pop()
            stack.append(try call(function, arguments: arguments))
        case PickleOpcode.newObject:
            let arguments = try pop()
            let type = try pop()
            stack.append(try call(type, arguments: arguments))
        case PickleOpcode.newObjectKeywords:
            _ = try pop()
            let arguments = try pop()
            let type = try pop()
            stack.append(try call(type, arguments: arguments))
        case PickleOpcode.build: try build(state: pop())
        case PickleOpcode.persistentID:
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
