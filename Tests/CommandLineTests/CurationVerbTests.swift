import Foundation
import Needletail
import ProgramRunner
import Testing

/// split, merge, filter and remap as a person runs them.
@Suite struct CurationVerbTests {
    private let folder: TemporaryFolder
    private let excerpt: ShapesExcerpt

    init() throws {
        folder = try TemporaryFolder()
        excerpt = try ShapesExcerpt("train", count: 8, to: folder, name: "train")
    }

    @Test func splitWritesPartsThatAreReadAgain() throws {
        let outcome = try needletail(
            "split", excerpt.annotations, folder("parts"), "--parts", "train=0.5,val=0.25,test=0.25", "--json")
        #expect(outcome.status == 0)
        let parts = try #require(try outcome.json()["parts"] as? [[String: Any]])
        #expect(parts.map { $0["name"] as? String } == ["train", "val", "test"])
        let datasets = try ["train", "val", "test"].map { try Dataset.read(folder("parts/\($0).json")) }
        #expect(datasets.map(\.images.count).reduce(0, +) == 8)
        #expect(datasets.map(\.annotations.count).reduce(0, +) == excerpt.boxCount)
        #expect(parts.map { $0["images"] as? Int } == datasets.map(\.images.count))
        // Merged again, nothing is lost.
        let merged = try needletail(
            "merge", folder("parts/train.json"), folder("parts/val.json"), folder("parts/test.json"),
            folder("all.json"))
        #expect(merged.status == 0)
        let all = try Dataset.read(folder("all.json"))
        #expect(Set(all.images.map(\.fileName)) == Set(excerpt.names))
        #expect(all.annotations.count == excerpt.boxCount)
    }

    @Test func splitIntoFolds() throws {
        let outcome = try needletail("split", excerpt.annotations, folder("folds"), "--folds", "4", "--no-pixels")
        #expect(outcome.status == 0)
        #expect(folder.names(in: "folds") == ["fold-1", "fold-2", "fold-3", "fold-4"])
        for fold in 1...4 {
            let train = try Dataset.read(folder("folds/fold-\(fold)/train.json"))
            let validation = try Dataset.read(folder("folds/fold-\(fold)/val.json"))
            #expect(train.images.count + validation.images.count == 8)
        }
        #expect(try needletail("split", excerpt.annotations, folder("x"), "--parts", "train=0").status == 2)
        let wrong = try needletail("split", excerpt.annotations, folder("x"), "--group-pattern", "(")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("not a regular expression"))
    }

    @Test func filterCopiesImagesOnRequest() throws {
        let outcome = try needletail(
            "filter", excerpt.annotations, folder("few/few.json"), "--sample", "3", "--copy-images")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("3 of 8 images"))
        let few = try Dataset.read(folder("few/few.json"))
        #expect(folder.names(in: "few/images").sorted() == few.images.map(\.fileName).sorted())
        #expect(try needletail("check", folder("few/few.json"), "--only", "image-missing").status == 0)
    }

    @Test func mistakesInConditionsAreShown() throws {
        let outcome = try needletail(
            "filter", excerpt.annotations, folder("x.json"), "--where", "area > 5 and clas == 'fish'")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("column 14: there is no field clas"))
        #expect(!folder.names().contains("x.json"))
    }

    @Test func remapJoins() throws {
        let outcome = try needletail(
            "remap", excerpt.annotations, folder("balls.json"), "--join", "striped ball,spotted ball=ball", "--json")
        #expect(outcome.status == 0)
        let names = try #require(try outcome.json()["categories"] as? [String])
        #expect(names.contains("ball") && !names.contains("striped ball"))
        #expect(try Dataset.read(folder("balls.json")).annotations.count == excerpt.boxCount)
        #expect(try needletail("remap", excerpt.annotations, folder("y.json")).status == 2)
        let wrong = try needletail("remap", excerpt.annotations, folder("y.json"), "--rename", "fsh=trout")
        #expect(wrong.errors.contains("\"fish\" may be meant"))
    }

    @Test func statsForPeopleAndPrograms() throws {
        let outcome = try needletail("stats", excerpt.annotations, "--report", folder("new/stats.html"))
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("8 images, \(excerpt.boxCount) boxes"))
        #expect(outcome.output.contains("suggested anchors"))
        #expect(try folder.text(of: "new/stats.html").contains("Suggested anchors"))
        let result = try needletail("stats", excerpt.annotations, "--json", "--anchors", "3").json()
        #expect(result["boxes"] as? Int == excerpt.boxCount)
        #expect((result["anchors"] as? [String: Any])?["anchors"] as? [Any] != nil)
        #expect(try needletail("stats", excerpt.annotations, "--report", excerpt.annotations).status == 1)
    }

    @Test func partsAreListsWhereTheFormatHasThem() throws {
        let outcome = try needletail(
            "split", excerpt.annotations, folder("yolo"), "--to", "yolo", "--link-images", "--parts",
            "train=0.5,val=0.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(folder.names(in: "yolo").contains("dataset.yaml"))
        let parts = try ["train", "val"].map { try Dataset.read(folder("yolo"), split: $0) }
        #expect(parts.map(\.images.count).reduce(0, +) == 8)
        #expect(try needletail("check", folder("yolo"), "--only", "image-missing,split-leak").status == 0)
        #expect(
            try needletail("filter", folder("yolo"), folder("few.xml"), "--to", "cvat", "--sample", "2").status == 0)
        #expect(try Dataset.read(folder("few.xml")).images.count == 2)
    }

    @Test func tileCutsImages() throws {
        let outcome = try needletail("tile", excerpt.annotations, folder("tiles"), "--size", "64", "--json")
        #expect(outcome.status == 0)
        let tiles = try Dataset.read(folder("tiles/annotations.json"))
        #expect(tiles.images.count > 8)
        #expect(folder.names(in: "tiles/images").count == tiles.images.count)
        #expect(tiles.images.allSatisfy { $0.width <= 64 && $0.height <= 64 })
        #expect(try needletail("check", folder("tiles/annotations.json"), "--only", "image-*,box-b*").status == 0)
        #expect(try needletail("tile", excerpt.annotations, folder("tiles"), "--size", "64").status == 1)
        #expect(try needletail("tile", excerpt.annotations, folder("x"), "--size", "3").status == 2)
    }

    /// Formats that are folders have the tiles where they expect images, and nothing is left beside them.
    @Test func tileWritesOtherFormats() throws {
        let plain = try needletail("tile", excerpt.annotations, folder("plain/tiles"), "--size", "64")
        #expect(plain.status == 0)
        let expected = try Dataset.read(folder("plain/tiles/annotations.json"))
        for (format, images) in [("yolo", "images/train"), ("voc", "JPEGImages"), ("csv", "images")] {
            let path = folder("\(format)/tiles")
            #expect(try needletail("tile", excerpt.annotations, path, "--size", "64", "--to", format).status == 0)
            let tiles = try Dataset.read(format == "csv" ? path + "/annotations.csv" : path)
            #expect(tiles.images.map(\.fileName).sorted() == expected.images.map(\.fileName).sorted())
            #expect(tiles.annotations.count == expected.annotations.count)
            #expect(folder.names(in: "\(format)/tiles/\(images)").count == expected.images.count)
            #expect(folder.names(in: format) == ["tiles"])
        }
    }
}
