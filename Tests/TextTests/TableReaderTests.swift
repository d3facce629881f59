import NeedletailSystem
import NeedletailText
import ProgramRunner
import Testing

@Suite struct TableReaderTests {
    private func rows(_ text: String) throws -> [(line: Int, fields: [String])] {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "table.csv")
        var table = TableReader(try ByteSource(contentsOf: folder("table.csv")))
        var row = TableReader.Row()
        var rows: [(Int, [String])] = []
        while table.next(into: &row) { rows.append((row.line, row.fields.map(\.string))) }
        return rows
    }

    /// A row that is shorter than the one before has nothing of it left.
    @Test func rowsUseTheSameMemory() throws {
        let rows = try rows("a, b ,\"c \"\"d\"\" \"\n\n1\t,2\n\"x\ny\",z\n")
        #expect(rows.map(\.fields) == [["a", "b", "c \"d\" "], ["1", "2"], ["x\ny", "z"]])
        #expect(rows.map(\.line) == [1, 3, 4])
    }

    /// The standard library's conversion is the oracle, but for what it does not take.
    @Test(arguments: [
        "0", "7", "007", "5.", ".5", "0.1", "234.8", "999999999999999", "99999999999.9999", "0.00000000000001",
        "123456789012345678", "1e3", "-2.5", "0.30000000000000004",
    ])
    func numbersAreRead(_ text: String) throws {
        #expect(TextNumber.double(text)?.bitPattern == Double(text)?.bitPattern)
    }

    @Test(arguments: ["", ".", "1.2.3", "1 2", "one", "0x10", "nan", "1,5", "٣"])
    func otherTextIsNoNumber(_ text: String) {
        #expect(TextNumber.double(text) == nil)
    }
}
