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
    /// VGG Image Annotator: JSON of files with their regions.
    case via
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
