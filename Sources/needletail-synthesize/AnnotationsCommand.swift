import ArgumentParser
import NeedletailPlatform
import NeedletailShapes

struct AnnotationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotations",
        abstract: "Write a COCO file of any size, without images, to measure with.",
        discussion: """
            The proportions are those of COCO's train2017: 7.3 objects an image with polygons, a hundredth of the \
            images empty, a hundredth of the objects crowds, 80 categories whose ids have gaps. With the default \
            number of images it is as large, about 450 MB. The same command always writes the same file.

            EXAMPLE
              needletail-synthesize annotations large.json --images 118287
            """)

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: "Number of images.")
    var images = 118_287

    @Option(help: "Another seed writes other annotations.")
    var seed: UInt64 = 1

    func validate() throws {
        guard images >= 0 else { throw ValidationError("The number of images must not be negative.") }
    }

    func run() throws {
        guard let file = fopen(output, "w") else { throw ValidationError("\(output): this file cannot be written.") }
        var text = AnnotationText(seed: seed)
        func save() throws {
            guard fwrite(text.bytes, 1, text.bytes.count, file) == text.bytes.count else {
                throw ValidationError("\(output): the disk is full.")
            }
            text.bytes.removeAll(keepingCapacity: true)
        }
        text.beginImages()
        for image in 0..<images {
            text.appendImage(image)
            if text.bytes.count > 1 << 22 { try save() }
        }
        text.beginAnnotations()
        for image in 0..<images {
            text.appendAnnotations(of: image)
            if text.bytes.count > 1 << 22 { try save() }
        }
        text.finish()
        try save()
        guard fclose(file) == 0 else { throw ValidationError("\(output): the disk is full.") }
        print("\(output): \(images) images, \(text.annotationCount) objects")
    }
}
