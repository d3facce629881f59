import Foundation
import Needletail
import ProgramRunner
import Testing

@Suite struct DetectTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func damagedImagesAreSetAside() throws {
        let excerpt = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        try Material.writeTruncated(folder("images/" + excerpt.names[1]), to: folder("images/" + excerpt.names[1]))
        try folder.write("not an image", to: "images/notes.png")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), excerpt.imageFolder, "--output", folder("found"), "--json")
        #expect(outcome.status == 0)
        let result = try outcome.json()
        #expect(result["images"] as? Int == 2)
        #expect(
            result["failedImages"] as? [String]
                == [folder("images/" + excerpt.names[1]), folder("images/notes.png")])
        #expect(outcome.errors.contains("set aside: \(folder("images/" + excerpt.names[1])): truncated"))
        #expect(outcome.errors.contains("set aside: \(folder("images/notes.png")): not a JPEG or PNG"))
        let pictures = [excerpt.names[0], excerpt.names[2]].map { $0.replacing(".jpg", with: ".png") }
        #expect(folder.names(in: "found") == (pictures + ["detections.json"]).sorted())
    }

    @Test func nothingButDamagedImagesIsAFailure() throws {
        try folder.write("not an image", to: "images/notes.png")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), folder("images"), "--output", folder("found"))
        #expect(outcome.status == 1)
    }

    /// The ids of the dataset go through to the results, whose numbers do not depend on the threads.
    @Test func resultsCarryTheDatasetsIDs() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"))
        for threads in ["1", "2"] {
            let outcome = try needletail(
                "detect", folder("detector.safetensors"), excerpt.imageFolder, "--annotations", excerpt.annotations,
                "--minimum-score", "0.001", "--no-pictures", "--threads", threads, "--output", folder("found" + threads)
            )
            #expect(outcome.status == 0)
            #expect(folder.names(in: "found" + threads) == ["detections.json"])
        }
        #expect(try folder.bytes(of: "found1/detections.json") == folder.bytes(of: "found2/detections.json"))
        let dataset = try Dataset.read(excerpt.annotations)
        let results = try COCOResults.read(folder("found1/detections.json"), categories: dataset.categories)
        #expect(!results.isEmpty)
        #expect(Set(results.map(\.imageID)).isSubset(of: Set((0..<2).map { dataset.images[$0].id })))
        #expect(Set(results.map(\.detection.categoryID)).isSubset(of: Set(Material.categories.map(\.id))))
        let evaluation = try needletail("evaluate", excerpt.annotations, folder("found1/detections.json"), "--json")
        #expect((try evaluation.json()["stats"] as? [Double])?.count == 12)
    }

    /// A folder holds the images of all splits; the annotations name those of one.
    @Test func annotationsChooseThePhotographs() throws {
        let wanted = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let other = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), wanted.imageFolder, "--annotations", wanted.annotations,
            "--output", folder("found"), "--json")
        #expect(outcome.status == 0)
        #expect(try outcome.json()["images"] as? Int == 2)
        #expect((try outcome.json()["failedImages"] as? [String])?.isEmpty == true)
        #expect(outcome.errors.contains("2 photographs are not in \(wanted.annotations)"))
        #expect(
            folder.names(in: "found")
                == (wanted.names.map { $0.replacing(".jpg", with: ".png") } + ["detections.json"]).sorted())

        let none = try needletail(
            "detect", folder("detector.safetensors"), folder("images/" + other.names[0]), "--annotations",
            wanted.annotations, "--output", folder("nothing"))
        #expect(none.status == 1)
        #expect(none.errors.contains("another split"))
    }
}
