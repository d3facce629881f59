import Foundation
import ProgramRunner
import Testing

/// Every parser with inputs that were changed at random, and with all that one has fallen over before.
@Suite struct FuzzTests {
    #if DEBUG
        private static let inputs = 20
    #else
        private static let inputs = 1000
    #endif

    @Test func nothingFalls() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program("needletail-fuzz").run([
            ShapesExcerpt.package + "/Tests/Fuzz", "--inputs", "\(Self.inputs)", "--found", folder("found"),
        ])
        #expect(outcome.status == 0 && outcome.output.hasSuffix("nothing fell\n"), "\(outcome.output)\(outcome.errors)")
        // Each parser has been given something that it takes.
        for line in outcome.output.split(separator: "\n") where line.contains(" inputs of ") {
            #expect(!line.contains(" of 0 files"), "\(line)")
        }
    }

    /// The same seed gives the same inputs.
    @Test func inputsFollowFromTheSeed() throws {
        let folder = try TemporaryFolder()
        func taken(_ seed: Int) throws -> Substring {
            let outcome = try Program("needletail-fuzz").run([
                ShapesExcerpt.package + "/Tests/Fuzz", "--entries", "yaml", "--inputs", "300", "--seed", "\(seed)",
                "--found",
                folder("found"),
            ])
            return outcome.output.prefix { $0 != "n" }
        }
        #expect(try taken(5) == taken(5))
    }
}
