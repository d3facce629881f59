import Foundation
import Needletail
import ProgramRunner
import Testing

/// What a dataset says its images are for.
@Suite struct TrainingSplitsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func splits(_ names: [String?]) throws -> TrainingSplits {
        let images = names.enumerated().map { place, name in
            "{\"id\": \(place), \"file_name\": \"\(place).jpg\"\(name.map { ", \"split\": \"\($0)\"" } ?? "")}"
        }
        let path = try folder.write(
            "{\"images\": [\(images.joined(separator: ","))], \"annotations\": [], \"categories\": []}",
            to: "dataset.json")
        return TrainingSplits(try Dataset.read(path))
    }

    @Test func purposesAreKnownByTheirUsualNames() throws {
        let splits = try splits(["train", "valid", "test", "train", "Valid"])
        #expect(splits.names(for: .training) == ["train"] && splits.names(for: .test) == ["test"])
        #expect(splits.names(for: .validation) == ["valid", "Valid"])
        #expect(splits.names(meantBy: "val") == ["valid", "Valid"] && splits.names(meantBy: "valid") == ["valid"])
        #expect(splits.names(meantBy: "night") == [] && splits.count("train") == 2)
        let part = splits.dataset(of: ["train", "test"])
        #expect(part.images.map(\.fileName) == ["0.jpg", "2.jpg", "3.jpg"])
    }

    /// One split is none; images of no list beside those of one are two parts.
    @Test func fewerThanTwoAreNone() throws {
        #expect(try splits(["train", "train"]).splits.isEmpty)
        #expect(try splits([nil, nil]).splits.isEmpty)
        let mixed = try splits(["train", nil])
        #expect(mixed.splits.map(\.name) == ["train", ""] && mixed.names(for: .training) == ["train"])
    }

    /// A table knows no sizes, but the headers of its files do: boxes of 24 of 480 pixels are 3.2 of 64.
    @Test func sizesOfFilesAreThoseOfImages() throws {
        let image = Image(width: 640, height: 480)
        try folder.write(Data(try image.jpegBytes()), to: "images/a.jpg")
        var rows = "image,class,xmin,ymin,xmax,ymax\n"
        for place in 0..<20 { rows += "a.jpg,x,\(place * 30),100,\(place * 30 + 24),124\n" }
        let dataset = try Dataset.read(folder.write(rows, to: "boxes.csv"))
        #expect(dataset.resolvedImageSizes() == [Image.Size(width: 640, height: 480)])
        let data = try TrainingData(
            dataset, categories: CategoryMap.newCategories(of: dataset), keepsEmptyImages: false)
        let fit = AnchorFit(data, transform: InputTransform(minimumSize: 64))
        #expect(fit.smallestSize(aspectRatios: [1]) == 8)
        // Where neither the record nor a file tells.
        var unknown = Dataset(
            images: [ImageRecord(id: .integer(1), fileName: "a.jpg", width: 0, height: 0)], categories: [],
            annotations: [])
        unknown.imageFolder = folder("nowhere")
        #expect(unknown.resolvedImageSizes() == [Image.Size(width: 0, height: 0)])
    }
}
