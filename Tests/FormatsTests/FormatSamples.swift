import Foundation
import NeedletailDatasets
import NeedletailGeometry
import ProgramRunner
import Testing

/// Small files of formats as the tools that made them up write them, with boxes worked out by hand.
struct FormatSample: CustomTestStringConvertible, Sendable {
    struct Object: Hashable {
        var image: String
        var category: String
        var box: Box
    }

    var name: String
    var format: DatasetFormat
    /// By path.
    var files: [(path: String, text: String)]
    /// What is read: the folder unless named.
    var path = ""
    var objects: [Object]
    /// Images without objects.
    var empty: [String] = []

    var testDescription: String { name }

    func write(to folder: TemporaryFolder) throws -> String {
        for (path, text) in files { try folder.write(text, to: path) }
        return path.isEmpty ? folder.path : folder(path)
    }

    private static func object(
        _ image: String, _ category: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double
    ) -> Object {
        Object(image: image, category: category, box: Box(x: x, y: y, width: width, height: height))
    }

    static let all: [FormatSample] = [
        FormatSample(
            name: "VisDrone", format: .visdrone,
            files: [
                ("images/a.jpg", ""), ("images/b.jpg", ""),
                // The second row is an ignored region, and a comma stands behind the third.
                ("annotations/a.txt", "10,20,30,40,1,4,0,1\n0,0,5,6,0,0,0,0\n50,60,7,8,1,1,1,2,\n"),
                ("annotations/b.txt", ""),
            ],
            objects: [
                object("a.jpg", "car", 10, 20, 30, 40), object("a.jpg", "ignored regions", 0, 0, 5, 6),
                object("a.jpg", "pedestrian", 50, 60, 7, 8),
            ], empty: ["b.jpg"]),
        FormatSample(
            name: "DOTA", format: .dota,
            files: [
                (
                    "labelTxt/P1.txt",
                    """
                    imagesource:GoogleEarth
                    gsd:0.146
                    10 20 40 20 40 60 10 60 plane 0
                    50 40 60 50 50 60 40 50 large-vehicle 1

                    """
                )
            ],
            // The second is a square on its corner.
            objects: [
                object("P1.png", "plane", 10, 20, 30, 40), object("P1.png", "large-vehicle", 40, 40, 20, 20),
            ]),
        FormatSample(
            name: "MOT", format: .mot,
            files: [
                (
                    "MOT17-02/seqinfo.ini",
                    "[Sequence]\nname=MOT17-02\nimDir=img1\nframeRate=30\nseqLength=3\nimWidth=100\nimHeight=80\nimExt=.jpg\n"
                ),
                ("MOT17-02/gt/gt.txt", "2,1,10,20,30,40,1,1,0.86014\n1,1,9,20,30,40,1,1,1\n1,7,50,60,10,10,0,3,1\n"),
            ],
            objects: [
                object("MOT17-02/img1/000001.jpg", "pedestrian", 9, 20, 30, 40),
                object("MOT17-02/img1/000001.jpg", "car", 50, 60, 10, 10),
                object("MOT17-02/img1/000002.jpg", "pedestrian", 10, 20, 30, 40),
            ], empty: ["MOT17-02/img1/000003.jpg"]),
        FormatSample(
            name: "WIDER FACE", format: .widerface,
            files: [
                (
                    "wider_face_train_bbx_gt.txt",
                    """
                    0--Parade/0_Parade_1_849.jpg
                    1
                    449 330 122 149 0 0 0 0 0 0
                    0--Parade/0_Parade_2_10.jpg
                    0
                    0 0 0 0 0 0 0 0 0 0
                    1--Handshaking/a.jpg
                    2
                    1 2 3 4 2 0 1 0 2 0
                    5 6 7 8 1 0 0 0 0 0

                    """
                )
            ],
            objects: [
                object("0--Parade/0_Parade_1_849.jpg", "face", 449, 330, 122, 149),
                object("1--Handshaking/a.jpg", "face", 1, 2, 3, 4), object("1--Handshaking/a.jpg", "face", 5, 6, 7, 8),
            ], empty: ["0--Parade/0_Parade_2_10.jpg"]),
        FormatSample(
            name: "CrowdHuman", format: .crowdhuman,
            files: [
                (
                    "annotation_train.odgt",
                    """
                    {"ID": "273271,c9db000d5146c15", "gtboxes": [{"fbox": [72, 202, 163, 503], "tag": "person", "hbox": [171, 208, 62, 83], "extra": {"box_id": 0, "occ": 0}, "vbox": [72, 202, 163, 398], "head_attr": {"ignore": 0, "occ": 0, "unsure": 0}}, {"tag": "mask", "hbox": [0, 0, 0, 0], "vbox": [], "fbox": [1, 2, 3, 4], "extra": {"ignore": 1}}]}
                    {"ID": "b", "gtboxes": []}

                    """
                )
            ],
            objects: [
                object("273271,c9db000d5146c15.jpg", "person", 72, 202, 163, 503),
                object("273271,c9db000d5146c15.jpg", "mask", 1, 2, 3, 4),
            ], empty: ["b.jpg"]),
        FormatSample(
            name: "BDD100K", format: .bdd100k,
            files: [
                (
                    "det_train.json",
                    """
                    [{"name": "b1c66a42.jpg", "attributes": {"weather": "clear"}, "timestamp": 10000, "labels": [
                    {"category": "traffic light", "attributes": {"occluded": false}, "manualShape": true, "box2d": {"x1": 10.5, "y1": 20, "x2": 30, "y2": 60.25}, "id": 0},
                    {"category": "drivable area", "poly2d": [{"vertices": [[0, 0], [8, 0], [8, 4]], "types": "LLL", "closed": true}], "id": 1}]},
                    {"name": "c.jpg", "attributes": {}, "timestamp": 10000}]
                    """
                )
            ],
            objects: [
                object("b1c66a42.jpg", "traffic light", 10.5, 20, 19.5, 40.25),
                object("b1c66a42.jpg", "drivable area", 0, 0, 8, 4),
            ], empty: ["c.jpg"]),
        FormatSample(
            name: "BDD100K of one image", format: .bdd100k,
            files: [
                (
                    "0000f77c.json",
                    #"{"name": "0000f77c", "attributes": {"scene": "city street"}, "frames": [{"timestamp": 10000, "objects": [{"category": "car", "id": 0, "attributes": {}, "box2d": {"x1": 1, "y1": 2, "x2": 4, "y2": 6}}, {"category": "lane", "id": 1, "poly2d": [[1, 2, "L"], [5, 9, "L"]]}]}]}"#
                )
            ],
            objects: [object("0000f77c.jpg", "car", 1, 2, 3, 4), object("0000f77c.jpg", "lane", 1, 2, 4, 7)]),
        FormatSample(
            name: "Scalabel", format: .bdd100k,
            files: [
                (
                    "scalabel.json",
                    #"{"frames": [{"name": "a.jpg", "labels": [{"id": "x", "category": "cat", "box2d": {"x1": 1, "y1": 2, "x2": 4, "y2": 6}}]}], "config": {"imageSize": {"width": 100, "height": 80}}}"#
                )
            ], objects: [object("a.jpg", "cat", 1, 2, 3, 4)]),
        FormatSample(
            name: "keras-yolo3 of Roboflow", format: .kerasYOLO3,
            files: [
                ("train/_annotations.txt", "a b.jpg 10,20,40,60,1 50,20,60,60,0\nempty.jpg\n"),
                ("train/_classes.txt", "cat\ndog\nnever\n"),
            ], path: "train",
            objects: [object("a b.jpg", "dog", 10, 20, 30, 40), object("a b.jpg", "cat", 50, 20, 10, 40)],
            empty: ["empty.jpg"]),
        FormatSample(
            name: "MakeSense", format: .makesense,
            files: [("labels.csv", "cat,10,20,30,40,a.jpg,100,80\n\"dog, big\",1,2,3,4,a.jpg,100,80\n")],
            path: "labels.csv",
            objects: [object("a.jpg", "cat", 10, 20, 30, 40), object("a.jpg", "dog, big", 1, 2, 3, 4)]),
        FormatSample(
            name: "VoTT", format: .vott,
            files: [
                (
                    "project-export.json",
                    """
                    {"name": "project", "securityToken": "t", "videoSettings": {"frameExtractionRate": 15}, "tags": [{"name": "cat", "color": "#5db300"}, {"name": "never", "color": "#e81123"}], "id": "QJ", "activeLearningSettings": {}, "version": "2.2.0", "lastVisitedAssetId": "0b5", "assets": {
                    "0b5f": {"asset": {"format": "jpg", "id": "0b5f", "name": "a%20b.jpg", "path": "file:/home/x/a%20b.jpg", "size": {"width": 100, "height": 80}, "state": 2, "type": 1}, "regions": [
                    {"id": "r1", "type": "RECTANGLE", "tags": ["cat"], "boundingBox": {"height": 40, "width": 30, "left": 10, "top": 20}, "points": [{"x": 10, "y": 20}, {"x": 40, "y": 20}, {"x": 40, "y": 60}, {"x": 10, "y": 60}]},
                    {"id": "r2", "type": "POLYGON", "tags": ["cat"], "boundingBox": {"height": 4, "width": 8, "left": 0, "top": 0}, "points": [{"x": 0, "y": 0}, {"x": 8, "y": 0}, {"x": 8, "y": 4}]}], "version": "2.2.0"}}}
                    """
                )
            ], objects: [object("a b.jpg", "cat", 10, 20, 30, 40), object("a b.jpg", "cat", 0, 0, 8, 4)]),
        FormatSample(
            name: "Supervisely", format: .supervisely,
            files: [
                (
                    "meta.json",
                    ##"{"classes": [{"title": "cat", "shape": "rectangle", "color": "#8F0F7E"}, {"title": "dog", "shape": "polygon", "color": "#0F8F7E"}], "tags": [], "projectType": "images"}"##
                ),
                ("ds0/img/a.jpg", ""),
                (
                    "ds0/ann/a.jpg.json",
                    """
                    {"description": "", "tags": [], "size": {"height": 80, "width": 100}, "objects": [
                    {"description": "", "geometryType": "rectangle", "tags": [], "classTitle": "cat", "points": {"exterior": [[10, 20], [40, 60]], "interior": []}},
                    {"description": "", "geometryType": "polygon", "tags": [], "classTitle": "dog", "points": {"exterior": [[0, 0], [8, 0], [8, 4]], "interior": []}}]}
                    """
                ),
                (
                    "ds0/ann/b.png.json",
                    #"{"description": "", "tags": [], "size": {"height": 8, "width": 10}, "objects": []}"#
                ),
            ], objects: [object("a.jpg", "cat", 10, 20, 30, 40), object("a.jpg", "dog", 0, 0, 8, 4)], empty: ["b.png"]),
        FormatSample(
            name: "Labelbox", format: .labelbox,
            files: [
                (
                    "export.ndjson",
                    """
                    {"data_row": {"id": "ck1", "external_id": "a.jpg", "row_data": "https://storage/a.jpg"}, "media_attributes": {"height": 80, "width": 100}, "projects": {"ck2": {"name": "p", "labels": [{"label_kind": "Default", "annotations": {"objects": [{"feature_id": "f", "name": "Cat", "value": "cat", "annotation_kind": "ImageBoundingBox", "classifications": [], "bounding_box": {"top": 20, "left": 10, "height": 40, "width": 30}}, {"name": "Dog", "annotation_kind": "ImagePolygon", "polygon": [{"x": 0, "y": 0}, {"x": 8, "y": 0}, {"x": 8, "y": 4}]}, {"name": "Spot", "annotation_kind": "ImagePoint", "point": {"x": 5, "y": 6}}], "classifications": [], "relationships": []}}]}}}
                    {"data_row": {"id": "ck3", "external_id": "b.jpg"}, "media_attributes": {"height": 8, "width": 10}, "projects": {}}

                    """
                )
            ],
            objects: [
                object("a.jpg", "Cat", 10, 20, 30, 40), object("a.jpg", "Dog", 0, 0, 8, 4),
                object("a.jpg", "Spot", 5, 6, 0, 0),
            ], empty: ["b.jpg"]),
        FormatSample(
            name: "Datumaro", format: .datumaro,
            files: [
                (
                    "annotations/default.json",
                    """
                    {"info": {}, "categories": {"label": {"labels": [{"name": "cat", "parent": "", "attributes": []}, {"name": "dog", "parent": "", "attributes": []}], "attributes": []}}, "items": [
                    {"id": "a", "annotations": [{"id": 0, "type": "bbox", "attributes": {"occluded": false}, "group": 0, "label_id": 1, "z_order": 0, "bbox": [10, 20, 30, 40]},
                    {"id": 1, "type": "polygon", "attributes": {}, "group": 0, "label_id": 0, "points": [0, 0, 8, 0, 8, 4], "z_order": 0},
                    {"id": 2, "type": "rotated_bbox", "attributes": {}, "group": 0, "label_id": 0, "bbox": [50, 40, 20, 10, 90], "z_order": 0},
                    {"id": 3, "type": "label", "attributes": {}, "group": 0, "label_id": 0}], "attr": {"frame": 0}, "image": {"path": "a.jpg", "size": [80, 100]}},
                    {"id": "b", "annotations": [], "image": {"path": "b.jpg", "size": [8, 10]}}]}
                    """
                )
            ],
            // A quarter turn makes 20 x 10 around (50, 40) into 10 x 20.
            objects: [
                object("a.jpg", "dog", 10, 20, 30, 40), object("a.jpg", "cat", 0, 0, 8, 4),
                object("a.jpg", "cat", 45, 30, 10, 20),
            ], empty: ["b.jpg"]),
        FormatSample(
            name: "FiftyOne's samples", format: .fiftyone,
            files: [
                ("metadata.json", #"{"name": "d", "media_type": "image", "sample_fields": []}"#),
                (
                    "samples.json",
                    """
                    {"samples": [{"_id": {"$oid": "1"}, "filepath": "data/a.jpg", "tags": ["validation"], "metadata": {"_cls": "ImageMetadata", "width": 200, "height": 100}, "predictions": {"_cls": "Detections", "detections": []}, "ground_truth": {"_cls": "Detections", "detections": [{"_id": {"$oid": "2"}, "_cls": "Detection", "attributes": {}, "tags": [], "label": "cat", "bounding_box": [0.05, 0.2, 0.15, 0.4]}]}},
                    {"filepath": "data/b.jpg", "tags": [], "metadata": {"width": 10, "height": 8}, "ground_truth": {"_cls": "Polylines", "polylines": [{"label": "dog", "points": [[[0, 0], [0.8, 0], [0.8, 0.5]]], "closed": true, "filled": true}]}}]}
                    """
                ),
            ],
            objects: [object("data/a.jpg", "cat", 10, 20, 30, 40), object("data/b.jpg", "dog", 0, 0, 8, 4)]),
        FormatSample(
            name: "Hugging Face", format: .huggingface,
            files: [
                (
                    "train/metadata.jsonl",
                    """
                    {"file_name": "0001.png", "objects": {"bbox": [[10, 20, 30, 40], [1.5, 2, 3, 4]], "categories": [3, 0]}}
                    {"file_name": "0002.png", "objects": {"bbox": [], "categories": []}}

                    """
                ),
                (
                    "test/metadata.jsonl",
                    #"{"file_name": "0003.png", "objects": {"bbox": [[1, 2, 3, 4]], "categories": [0]}}"#
                ),
            ],
            objects: [
                object("test/0003.png", "0", 1, 2, 3, 4), object("train/0001.png", "3", 10, 20, 30, 40),
                object("train/0001.png", "0", 1.5, 2, 3, 4),
            ], empty: ["train/0002.png"]),
        FormatSample(
            name: "SageMaker", format: .sagemaker,
            files: [
                (
                    "output.manifest",
                    """
                    {"source-ref": "s3://bucket/folder/a.jpg", "boxes": {"image_size": [{"width": 100, "height": 80, "depth": 3}], "annotations": [{"class_id": 1, "top": 20, "left": 10, "width": 30, "height": 40}, {"class_id": 0, "top": 2, "left": 1, "width": 3, "height": 4}]}, "boxes-metadata": {"objects": [{"confidence": 0.9}, {"confidence": 1}], "class-map": {"0": "cat", "1": "dog"}, "type": "groundtruth/object-detection", "human-annotated": "yes", "creation-date": "2026-01-01T00:00:00", "job-name": "labeling-job/x"}}
                    {"source-ref": "s3://bucket/folder/b.jpg", "boxes": {"image_size": [{"width": 10, "height": 8, "depth": 3}], "annotations": []}, "boxes-metadata": {"objects": [], "class-map": {}}}

                    """
                )
            ],
            objects: [object("a.jpg", "dog", 10, 20, 30, 40), object("a.jpg", "cat", 1, 2, 3, 4)], empty: ["b.jpg"]),
        FormatSample(
            name: "COCO panoptic", format: .panoptic,
            files: [
                (
                    "panoptic_val2017.json",
                    """
                    {"info": {}, "images": [{"id": 5, "file_name": "a.jpg", "width": 100, "height": 80}, {"id": 6, "file_name": "b.jpg", "width": 10, "height": 8}],
                    "annotations": [{"segments_info": [{"id": 8345037, "category_id": 17, "iscrowd": 0, "bbox": [10, 20, 30, 40], "area": 900}, {"id": 9, "category_id": 200, "iscrowd": 1, "bbox": [1, 2, 3, 4], "area": 12}], "file_name": "a.png", "image_id": 5}],
                    "categories": [{"supercategory": "animal", "isthing": 1, "id": 17, "name": "cat"}, {"supercategory": "textile", "isthing": 0, "id": 200, "name": "rug"}]}
                    """
                )
            ], path: "panoptic_val2017.json",
            objects: [object("a.jpg", "cat", 10, 20, 30, 40), object("a.jpg", "rug", 1, 2, 3, 4)], empty: ["b.jpg"]),
        FormatSample(
            name: "VIA's table", format: .via,
            files: [
                (
                    "via_region_data.csv",
                    """
                    filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes
                    a.jpg,12345,"{}",2,0,"{""name"":""rect"",""x"":10,""y"":20,""width"":30,""height"":40}","{""class"":""cat""}"
                    a.jpg,12345,"{}",2,1,"{""name"":""polygon"",""all_points_x"":[0,8,8],""all_points_y"":[0,0,4]}","{""class"":""dog""}"
                    b.jpg,99,"{}",0,0,"{}","{}"

                    """
                )
            ], path: "via_region_data.csv",
            objects: [object("a.jpg", "cat", 10, 20, 30, 40), object("a.jpg", "dog", 0, 0, 8, 4)], empty: ["b.jpg"]),
        FormatSample(
            name: "Kaggle's PredictionString", format: .csv,
            files: [("train.csv", "image_id,PredictionString\na.jpg,1.0 10 20 30 40 0.5 1 2 3 4\nb.jpg,\n")],
            path: "train.csv",
            objects: [object("a.jpg", "object", 10, 20, 30, 40), object("a.jpg", "object", 1, 2, 3, 4)],
            empty: ["b.jpg"]),
        FormatSample(
            name: "Kaggle's PredictionString with classes", format: .csv,
            files: [("train.csv", "ImageId,PredictionString\na.jpg,cat 0.9 10 20 40 60\nb.jpg,14 1 0 0 1 1\n")],
            path: "train.csv",
            objects: [object("a.jpg", "cat", 10, 20, 30, 40), object("b.jpg", "14", 0, 0, 1, 1)]),
        FormatSample(
            name: "Global wheat", format: .csv,
            files: [
                (
                    "train.csv",
                    "image_id,width,height,bbox,source\na.jpg,1024,1024,\"[834.0, 222.0, 56.0, 36.0]\",usask_1\n"
                )
            ],
            path: "train.csv", objects: [object("a.jpg", "object", 834, 222, 56, 36)]),
        FormatSample(
            name: "CVAT for video", format: .cvat,
            files: [
                (
                    "annotations.xml",
                    """
                    <?xml version="1.0" encoding="utf-8"?>
                    <annotations><version>1.1</version><meta><task><size>6</size><labels><label><name>cat</name></label></labels>
                    <original_size><width>100</width><height>80</height></original_size></task></meta>
                    <track id="0" label="cat" source="manual">
                    <box frame="0" keyframe="1" outside="0" occluded="0" xtl="10" ytl="20" xbr="40" ybr="60" z_order="0"></box>
                    <box frame="2" keyframe="1" outside="0" occluded="1" xtl="20" ytl="20" xbr="60" ybr="64" z_order="0"></box>
                    <box frame="3" keyframe="1" outside="1" occluded="0" xtl="20" ytl="20" xbr="60" ybr="64" z_order="0"></box>
                    </track>
                    <track id="1" label="cat" source="manual">
                    <polygon frame="4" keyframe="1" outside="0" occluded="0" points="0,0;8,0;8,4"></polygon>
                    </track></annotations>
                    """
                )
            ], path: "annotations.xml",
            // In frame 1 half of the way: from (15, 20) to (50, 62). The polygon stays to the end.
            objects: [
                object("frame_000000.png", "cat", 10, 20, 30, 40), object("frame_000001.png", "cat", 15, 20, 35, 42),
                object("frame_000002.png", "cat", 20, 20, 40, 44), object("frame_000004.png", "cat", 0, 0, 8, 4),
                object("frame_000005.png", "cat", 0, 0, 8, 4),
            ], empty: ["frame_000003.png"]),
    ]
}
