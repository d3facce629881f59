import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// What programs make of WIDER FACE besides what is published.
@Suite struct WIDERFaceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, lenient: Bool = false) throws -> Dataset {
        var options = ReadingOptions()
        options.isLenient = lenient
        return try Dataset.read(folder.write(text, to: "faces.txt"), options: options)
    }

    private func boxes(_ dataset: Dataset) -> [String] {
        dataset.annotations.indices.map {
            let box = dataset.annotations[$0].box
            let image = dataset.images[dataset.annotations[$0].image].fileName
            return
                "\(image) \(dataset.categories[dataset.annotations[$0].category].name) \(box.x) \(box.y) \(box.width) \(box.height)"
        }
    }

    /// Panlabel's.
    @Test func theNumberOfImagesMayComeFirst() throws {
        let dataset = try read("2\na.jpg\n1\n1.5 2 3 4 0 0 0 0 0 0\nb.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n")
        #expect(dataset.provenance.format == .widerface)
        #expect(dataset.images.fileNames.map(\.self) == ["a.jpg", "b.jpg"])
        #expect(boxes(dataset) == ["a.jpg face 1.5 2.0 3.0 4.0"])
    }

    /// Datumaro's: classes behind the rows, no number for the images b and d, which have no boxes.
    @Test func classesMayFollowTheBoxes() throws {
        let dataset = try read(
            """
            no_label/a.jpg
            2
            1 2 3 4 traffic light
            5 6 7 8 2 - True 1 - True cat
            no_label/b.jpg
            no_label/c.jpg
            1
            9 10 11 12 - - - 0 1 False\u{20}
            no_label/d.jpg

            """)
        #expect(dataset.images.count == 4)
        #expect(
            boxes(dataset) == [
                "no_label/a.jpg traffic light 1.0 2.0 3.0 4.0", "no_label/a.jpg cat 5.0 6.0 7.0 8.0",
                "no_label/c.jpg face 9.0 10.0 11.0 12.0",
            ])
        // Blur, expression, illumination, occluded, pose, invalid is its order.
        let fields = dataset.fields(ofAnnotation: 1)
        #expect(fields.double("blur") == 2 && fields.double("illumination") == 1 && fields.double("occlusion") == 1)
        #expect(fields.double("invalid") == 1 && fields.double("pose") == nil && fields.double("expression") == nil)
        let last = dataset.fields(ofAnnotation: 2)
        #expect(last.double("pose") == 1 && last.double("occlusion") == nil && last.double("invalid") == nil)
    }

    @Test func numbersAloneAreInThePublishedOrder() throws {
        let fields = try read("a.jpg\n1\n1 2 3 4 2 0 1 1 2 3\n").fields(ofAnnotation: 0)
        #expect(fields.double("invalid") == 1 && fields.double("occlusion") == 2 && fields.double("pose") == 3)
    }

    @Test(arguments: [
        // A file that ends too early, with a name, a number and a row.
        "a.jpg\n", "a.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n", "a.jpg\n1\n1 2 3 4 0 0 0 0 0 0\nb.jpg\n",
        // A class in the midst of the attributes, too few numbers, too many boxes.
        "a.jpg\n1\n1 2 3 4 0 0 cat 0 0 0\n", "a.jpg\n1\n1 2 3 cat\n",
        "a.jpg\n1\n1 2 3 4 0 0 0 0 0 0\n5 6 7 8 0 0 0 0 0 0\n", "a.jpg\n-1\n",
    ])
    func otherFilesAreRefused(_ text: String) throws {
        let path = try folder.write(text, to: "faces.txt")
        #expect(throws: AnnotationError.self) { try Dataset.read(path, format: .widerface) }
    }
}
