import NeedletailProcesses
import Testing
import ThreadedProcesses

@Suite struct ProcessGroupTests {
    @Test func sharesAreNeighboursAndWhole() {
        struct Group: ProcessGroup {
            let rank = 0
            let count: Int

            func exchange(sending: [Transfer], receiving: [Transfer]) {}
            func name(of rank: Int) -> String { "" }
        }
        func shares(_ range: Range<Int>, _ count: Int) -> [Range<Int>] {
            (0..<count).map { Group(count: count).share(of: range, rank: $0) }
        }
        #expect(shares(4..<8, 2) == [4..<6, 6..<8])
        #expect(shares(0..<7, 3) == [0..<2, 2..<4, 4..<7])
        #expect(shares(5..<6, 3) == [5..<5, 5..<5, 5..<6])
    }

    @Test(arguments: [1, 2, 5]) func everybodyHearsEverybody(count: Int) throws {
        let heard = try ThreadedProcess.run(count) { group in
            var message = Message()
            message.append(group.rank)
            // The third has nothing to say.
            var answers = try group.gather(group.rank == 2 ? Message() : message)
            return (answers.indices.map { answers[$0].nextInt() }, try group.anywhere(group.rank == count - 1))
        }
        #expect(heard.map(\.0) == Array(repeating: [0, 1, 0, 3, 4].prefix(count).map { $0 }, count: count))
        #expect(heard.map(\.1) == Array(repeating: true, count: count))
        let none = try ThreadedProcess.run(count) { try $0.anywhere(false) }
        #expect(none == Array(repeating: false, count: count))
    }

    @Test func theFirstAloneIsAsked() throws {
        let answers = try ThreadedProcess.run(3) { group in
            var answer = try group.fromFirst {
                #expect(group.rank == 0)
                var message = Message()
                message.append("so")
                return message
            }
            return answer.nextString()
        }
        #expect(answers == ["so", "so", "so"])
    }

    @Test func whatDiffersIsNamedInAllProcesses() throws {
        let errors = try ThreadedProcess.run(3) { group in
            do {
                try group.requireSame(["batch": group.rank == 2 ? "8" : "4", "seed": "0"])
                return ""
            } catch {
                #expect((error as? ProcessError)?.isShared == true)
                return "\(error)"
            }
        }
        #expect(Set(errors).count == 1)
        #expect(errors[0].contains("batch: 4 for rank 0 on host0, 8 for rank 2 on host2"))
        #expect(!errors[0].contains("seed"))
        _ = try ThreadedProcess.run(3) { try $0.requireSame(["seed": "0"]) }
    }
}
