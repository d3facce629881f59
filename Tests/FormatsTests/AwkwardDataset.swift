import Foundation
import NeedletailDatasets
import NeedletailFormats

/// A COCO file with everything that converters are known to stumble over.
enum AwkwardDataset {
    /// With a byte order mark and lines that end as on Windows.
    static var data: Data {
        Data([0xEF, 0xBB, 0xBF]) + Data(text.replacingOccurrences(of: "\n", with: "\r\n").utf8)
    }

    /// Ids of 0, above 2⁵³ and of text; names with spaces, quotes, commas, umlauts and backslashes; an image without
    /// boxes and one whose width is -1; categories called `background` and without boxes; polygons, run lengths,
    /// keypoints, scores of zero, fields of null; boxes with fractions, beyond the image, without area and missing.
    static let text = """
        {"info": {"description": "awkward – \\u00fc", "year": 2026},
        "licenses": [{"id": 0, "name": "none"}],
        "images": [
        {"id": 0, "file_name": "a.jpg", "width": 640, "height": 427, "license": 0, "date_captured": null},
        {"id": 9007199254740993, "file_name": "sub folder/größe 2.jpg", "width": 333, "height": 500, "weather": {"rain": true}},
        {"id": "text-id", "file_name": "back\\\\slash \\"b\\".png", "width": 6000, "height": 4000},
        {"id": 7, "file_name": "empty.jpg", "width": 100, "height": 100},
        {"id": 8, "file_name": "unknown size.jpg", "width": -1, "height": -1}],
        "annotations": [
        {"id": 1, "image_id": 0, "category_id": 0, "bbox": [10.5, 20.25, 30.125, 40.75], "area": 600.5, "iscrowd": 0,
         "segmentation": [[10.5, 20.25, 40.625, 20.25, 40.625, 61.0]], "attributes": {"occluded": false, "n": 1.50}},
        {"id": 0, "image_id": 0, "category_id": 9007199254740995, "bbox": [0, 0, 640, 427], "iscrowd": 1,
         "segmentation": {"size": [427, 640], "counts": [100, 273180]}},
        {"id": 9007199254740997, "image_id": "text-id", "category_id": "c", "bbox": [1234.567, 0.01, 0.5, 3999.99]},
        {"id": "seven", "image_id": 9007199254740993, "category_id": "c", "bbox": [-5, 490.1, 100.3, 20], "area": null},
        {"id": 12, "image_id": 9007199254740993, "category_id": 0, "bbox": [1, 2, 3, 4], "area": 12.0,
         "keypoints": [1, 2, 2], "num_keypoints": 1, "difficult": 1},
        {"id": 13, "image_id": 9007199254740993, "category_id": 0, "bbox": [1, 2, 3, 4]},
        {"id": 14, "image_id": 0, "category_id": 0, "bbox": [5, 5, 0, 0], "area": 0},
        {"id": 15, "image_id": 0, "category_id": 0, "bbox": []},
        {"id": 16, "image_id": 0, "category_id": "c", "bbox": [0.1, 0.2, 0.3, 0.4],
         "segmentation": [[0.1, 0.2, 0.4, 0.2, 0.4, 0.6], [0.1, 0.2, 0.2, 0.6, 0.1, 0.6]]}],
        "categories": [
        {"id": 0, "name": "background", "supercategory": "nothing"},
        {"id": 9007199254740995, "name": "größe, \\"q\\" & <b>", "color": [1, 2, 3]},
        {"id": "c", "name": "with  two spaces"},
        {"id": 3, "name": "never used"}],
        "extra": [1, 2, {"x": 1e400}]}
        """
}
