import Needletail
import NeedletailDatasets
import NeedletailSystem

/// Images in which there is nothing for a detector to find.
enum BackgroundImages {
    /// Reads a dataset, or takes all images of a folder.
    ///
    /// - Throws: ``CommandError`` when something is annotated that the detector looks for, or there is no image.
    static func read(
        _ path: String, categories: [DenseDetector.Category], format: FormatOptions, console: Console
    ) throws -> Dataset {
        guard let dataset = try? Dataset.read(path, options: format.reading()) else {
            return try folder(path, console: console)
        }
        let map = CategoryMap(dataset, categories: categories)
        let known = Set(map.numbers.values)
        let count = dataset.annotations.count { known.contains(dataset.categories[$0.category].number) }
        guard count == 0 else {
            throw CommandError(
                "\(path): \(Count.text(count, "object")) that the detector looks for \(count == 1 ? "is" : "are") annotated here. "
                    + "--background takes images in which there are none.")
        }
        return dataset
    }

    private static func folder(_ path: String, console: Console) throws -> Dataset {
        let (files, locked) = try ImageFolder.files([path], isRecursive: true, warn: console.warn)
        console.warn(of: locked, heading: "folders that cannot be looked into (\(locked.count)):")
        let images = files.enumerated().map { row, file in
            ImageRecord(id: .integer(row + 1), fileName: FilePath.absolute(file.path), width: 0, height: 0)
        }
        return Dataset(images: images, categories: [], annotations: [])
    }
}
