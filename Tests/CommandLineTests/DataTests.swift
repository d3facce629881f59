import Foundation
import ProgramRunner
import Testing

/// `needletail data` as a person runs it; nothing is fetched.
@Suite struct DataTests {
    @Test func listsDatasetsAndWhereMoreAre() throws {
        let outcome = try needletail("data")
        #expect(outcome.status == 0 && outcome.errors == "")
        for text in ["coco-val2017", "118287", "bccd", "MIT", "mnist", "https://universe.roboflow.com", "Kaggle"] {
            #expect(outcome.output.contains(text), "\(text)")
        }
        let document = try needletail("data", "list", "--json").json()
        let datasets = try #require(document["datasets"] as? [[String: Any]])
        let coco = try #require(datasets.first { $0["name"] as? String == "coco-val2017" })
        #expect(coco["images"] as? Int == 5000 && (coco["urls"] as? [String])?.count == 2)
        #expect((document["sites"] as? [Any])?.count ?? 0 >= 5)
    }

    @Test func namesWhatCannotBeFetched() throws {
        let unknown = try needletail("data", "fetch", "nothing")
        #expect(
            unknown.status == 2 && unknown.errors.contains("No dataset is called 'nothing'. There are coco-val2017")
                && unknown.errors.contains("Usage: needletail data fetch <name>")
                && unknown.errors.contains("See 'needletail data fetch --help' for more information."))
        let folder = try TemporaryFolder()
        let closed = try needletail("data", "fetch", "imagenet", "--output", folder.path)
        #expect(closed.status == 1 && closed.errors.contains("https://www.image-net.org"))
        #expect(folder.names().isEmpty)
    }

    /// What is there already is not touched, and nobody is asked.
    @Test func leavesAFolderAlone() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "bccd/notes.txt")
        let outcome = try needletail("data", "fetch", "bccd", "--output", folder.path)
        #expect(outcome.status == 1 && outcome.errors.contains("is there already"))
        #expect(folder.names() == ["bccd"] && folder.names(in: "bccd") == ["notes.txt"])
    }
}
