import ArgumentParser
import NeedletailData

/// How the datasets that a verb reads are to be understood.
struct SourceOptions: ParsableArguments {
    @Option(help: "The format, where it is not to be recognised.")
    var from: DatasetFormat?

    @Option(help: "The split to read, where a dataset has several: train, val, test.")
    var split: String?

    @Option(help: "The folder of the image files, where the annotations do not say.")
    var images: String?

    @Option(help: "The dataset that detections were made for, where COCO results are read.")
    var annotations: String?

    @Option(help: "How Pascal VOC's corners are meant: inclusive1, shift1, zero; see 'convert'.")
    var vocOrigin: VOCOrigin = .inclusive1

    func reading(split: String? = nil, isLenient: Bool = false) -> ReadingOptions {
        var options = ReadingOptions(format: from, split: split ?? self.split, images: images)
        options.vocOrigin = vocOrigin
        options.annotations = annotations
        options.isLenient = isLenient
        return options
    }

    func read(_ path: String) throws -> Dataset { try Dataset.read(path, options: reading()) }
}

extension DatasetFormat: ExpressibleByArgument {}
