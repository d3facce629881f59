/// The file formats that datasets come in.
///
/// The raw values are the names that the command line takes.
public enum DatasetFormat: String, Hashable, Sendable, CaseIterable {
    /// One JSON file with images, annotations and categories.
    case coco
    /// Detections as COCO has them: a JSON list of image_id, category_id, bbox and score.
    case cocoResults = "coco-results"
    /// Pascal VOC: a folder of XML files, one an image.
    case voc
    /// Ultralytics' layout: `dataset.yaml`, `images` and `labels`, one text file an image.
    case yolo
    /// Darknet's lists: `obj.data`, `obj.names`, `train.txt`, labels beside the images.
    case darknet
    /// Apple's Create ML: one JSON list with the boxes' centres.
    case createml
    /// LabelMe: a JSON file of shapes for each image.
    case labelme
    /// A table with a header, by default TensorFlow's: filename,width,height,class,xmin,ymin,xmax,ymax.
    case csv
    /// keras-retinanet's table without header: path,x1,y1,x2,y2,class.
    case retinanet
    /// Open Images: tables of relative boxes, with names of classes in a table of their own.
    case openimages
    /// KITTI: a text file of 15 columns for each image.
    case kitti
    /// CVAT for images: one XML file.
    case cvat
    /// Label Studio: a JSON list of tasks with their regions in percent.
    case labelstudio
    /// VGG Image Annotator: JSON of files with their regions, or a table of them.
    case via
    /// BDD100K and Scalabel: JSON of images, or of one, with labels.
    case bdd100k
    /// CrowdHuman: a line of JSON for each image (`.odgt`).
    case crowdhuman
    /// Datumaro: JSON of items, a file for each subset.
    case datumaro
    /// DOTA: a text file of quadrilaterals for each image.
    case dota
    /// FiftyOne: `samples.json` of a whole dataset, or `labels.json` of detections.
    case fiftyone
    /// Hugging Face's folder of images with `metadata.jsonl`.
    case huggingface
    /// keras-yolo3's list: a line for each image with boxes behind it.
    case kerasYOLO3 = "keras-yolo3"
    /// Labelbox: the rows of an export, a line or an element of a list each.
    case labelbox
    /// MakeSense: a table without header.
    case makesense
    /// MOT Challenge: sequences with `gt/gt.txt`.
    case mot
    /// COCO's panoptic segments, with a picture of their outlines for each image.
    case panoptic
    /// SageMaker Ground Truth: a manifest, a line of JSON for each image.
    case sagemaker
    /// Supervisely: a project with `meta.json` and a JSON file for each image.
    case supervisely
    /// TensorFlow's records of examples, with the images inside.
    case tfrecord
    /// VisDrone: a text file for each image.
    case visdrone
    /// VoTT: a JSON project of assets with regions.
    case vott
    /// WIDER FACE: one text file of images and faces.
    case widerface
    /// Ultralytics' layout with the four corners of turned boxes.
    case yoloOBB = "yolo-obb"
}

extension DatasetFormat {
    /// The format that is recognised where this one was written: formats that one reader reads are told by their content
    /// record by record.
    package var family: DatasetFormat { self == .yoloOBB ? .yolo : self }
}

/// What the pixel coordinates of a Pascal VOC file mean; tools disagree.
public enum VOCOrigin: String, Hashable, Sendable, CaseIterable {
    /// The devkit's definition: pixels are counted from 1 and `xmax` is inside the box, so
    /// `x = xmin − 1` and `width = xmax − xmin + 1`. detectron2 reads files so.
    case inclusive1
    /// One is subtracted from every coordinate: `x = xmin − 1`, `width = xmax − xmin`.
    case shift1
    /// The coordinates are edges counted from 0 and nothing is subtracted: `x = xmin`, `width = xmax − xmin`.
    case zero
}
