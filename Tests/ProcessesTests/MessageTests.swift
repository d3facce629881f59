import NeedletailProcesses
import Testing

@Suite struct MessageTests {
    @Test func whatIsAppendedIsReadInOrder() {
        var message = Message()
        message.append(-7)
        message.append(0.1)
        message.append(Float.nan)
        message.append("Zug 列車\n")
        message.append(["a", "", "ccc"]) { $0.append($1) }
        var read = Message(bytes: message.bytes)
        #expect(read.nextInt() == -7 && read.nextDouble() == 0.1 && read.nextFloat().isNaN)
        #expect(read.nextString() == "Zug 列車\n")
        #expect(read.nextArray { $0.nextString() } == ["a", "", "ccc"])
    }

    /// Nothing is read behind the end, and no memory is asked for that is not there.
    @Test func aMessageThatIsCutEnds() {
        var message = Message()
        message.append("a text")
        var cut = Message(bytes: Array(message.bytes.dropLast(3)))
        #expect(cut.nextString() == "a t")
        #expect(cut.nextInt() == 0)
        var count = Message()
        count.append(Int.max)
        var read = Message(bytes: count.bytes)
        #expect(read.nextArray { $0.nextInt() } == [])
    }
}
