import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailFormats
import NeedletailImages
import ProgramRunner

/// A small COCO dataset without faults, to put faults into.
struct SeededDataset {
    let folder: TemporaryFolder
    var images: [String]
    var categories: [String]
    var annotations: [String]
    var more = ""

    /// Four pictures of 160x120 pixels, two classes, six boxes.
    init() throws {
        folder = try TemporaryFolder()
        for index in 1...4 {
            let picture = DrawnPicture.make(seed: UInt64(index))
            try folder.write(Data(try picture.jpegBytes(quality: 90)), to: "images/\(index).jpg")
        }
        images = (1...4).map { #"{"id": \#($0), "file_name": "\#($0).jpg", "width": 160, "height": 120}"# }
        categories = [#"{"id": 1, "name": "disc"}"#, #"{"id": 2, "name": "ring"}"#]
        annotations = [
            Self.box(1, image: 1, category: 1, "10, 10, 30, 20"), Self.box(2, image: 1, category: 2, "60, 10, 30, 20"),
            Self.box(3, image: 2, category: 1, "10, 50, 40, 20"), Self.box(4, image: 3, category: 2, "0, 0, 160, 120"),
            Self.box(5, image: 4, category: 1, "100, 80, 60, 40"), Self.box(6, image: 4, category: 2, "5, 5, 9, 9"),
        ]
    }

    static func box(_ id: Int, image: Int, category: Int, _ box: String, _ more: String = "") -> String {
        #"{"id": \#(id), "image_id": \#(image), "category_id": \#(category), "bbox": [\#(box)]\#(more)}"#
    }

    /// Writes the file and reads it as a check does.
    func subject(_ name: String = "annotations.json") throws -> CheckSubject {
        let path = try folder.write(
            """
            {"images": [\(images.joined(separator: ",\n"))],
            "categories": [\(categories.joined(separator: ",\n"))],
            "annotations": [\(annotations.joined(separator: ",\n"))]\(more)}
            """, to: name)
        do {
            return CheckSubject(name: name, dataset: try Dataset.read(path, isLenient: true))
        } catch let error as AnnotationError {
            return CheckSubject(name: name, failure: error)
        }
    }

    func check(_ options: CheckOptions = CheckOptions()) throws -> CheckReport {
        DatasetCheck.run([try subject()], options: options)
    }

    func picture(_ name: String) throws -> Image { try Image(contentsOf: folder("images/\(name)")) }

    func write(_ image: Image, to name: String, quality: Int = 90) throws {
        try folder.write(Data(try image.jpegBytes(quality: quality)), to: "images/\(name)")
    }
}
