import Foundation
import NeedletailFormats
import NeedletailImages
import ProgramRunner

extension TemporaryFolder {
    /// Writes a grey picture of 100x80 pixels, or of another size.
    func writeImage(_ name: String, width: Int = 100, height: Int = 80) throws {
        let pixels = [UInt8](repeating: 90, count: width * height)
        try write(Data(try Image(width: width, height: height, format: .gray, bytes: pixels).pngBytes()), to: name)
    }

    /// Writes a COCO file with one box, 10,20,30,40, in each image, and returns its path.
    func writeCOCO(_ names: [String], to file: String, category: String = "cat", hasSizes: Bool = true) throws -> String
    {
        let size = hasSizes ? #", "width": 100, "height": 80"# : ""
        let images = names.enumerated().map { place, name in
            let name = name.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            return #"{"id": \#(place), "file_name": "\#(name)"\#(size)}"#
        }
        let boxes = names.indices.map {
            #"{"id": \#($0 + 1), "image_id": \#($0), "category_id": 1, "bbox": [10, 20, 30, 40]}"#
        }
        return try write(
            """
            {"images": [\(images.joined(separator: ",\n"))], "annotations": [\(boxes.joined(separator: ",\n"))],
             "categories": [{"id": 1, "name": "\(category)"}]}
            """, to: file)
    }
}
