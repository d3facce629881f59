extension KnownDataset {
    /// The datasets that are listed, by task.
    public static let all: [KnownDataset] = [
        KnownDataset(
            name: "coco-val2017", title: "everyday photographs", task: .detection, imageCount: 5000, classCount: 80,
            megabytes: 1068, licence: "annotations CC BY 4.0, photographs under terms of their own",
            page: "https://cocodataset.org",
            files: [
                File(
                    "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
                    md5: "f4bbac642086de4f52a3fdda2de5fa2c", byteCount: 252_907_541),
                File(
                    "http://images.cocodataset.org/zips/val2017.zip", md5: "442b8da7639aecaf257c1dceb8ba8c80",
                    byteCount: 815_585_330),
            ],
            nextCommand: "needletail check {}/annotations/instances_val2017.json --images {}/val2017"),
        KnownDataset(
            name: "coco-train2017", title: "everyday photographs", task: .detection, imageCount: 118_287,
            classCount: 80, megabytes: 19_590,
            licence: "annotations CC BY 4.0, photographs under terms of their own", page: "https://cocodataset.org",
            files: [
                File(
                    "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
                    md5: "f4bbac642086de4f52a3fdda2de5fa2c", byteCount: 252_907_541),
                File("http://images.cocodataset.org/zips/train2017.zip", md5: "cced6f7f71b7629ddf16f17bbcfab6b2"),
            ],
            nextCommand: "needletail check {}/annotations/instances_train2017.json --images {}/train2017"),
        KnownDataset(
            name: "voc2007", title: "photographs of Flickr, with a test set", task: .detection, imageCount: 9963,
            classCount: 20, megabytes: 911, licence: "terms of Flickr",
            page: "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/",
            files: [
                File(
                    "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtrainval_06-Nov-2007.tar",
                    md5: "c52e279531787c972589f7e41ab4ae64"),
                File(
                    "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtest_06-Nov-2007.tar",
                    md5: "b6e924de25625d8de591ea690078ad9f"),
            ],
            nextCommand: "needletail convert {}/VOCdevkit/VOC2007 voc2007.json --split trainval"),
        KnownDataset(
            name: "voc2012", title: "photographs of Flickr", task: .detection, imageCount: 11_540, classCount: 20,
            megabytes: 2000, licence: "terms of Flickr", page: "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
            files: [
                File(
                    "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
                    md5: "6cd6e144f989b92b3379bac3b3de84fd")
            ],
            nextCommand: "needletail convert {}/VOCdevkit/VOC2012 voc2012.json --split trainval"),
        KnownDataset(
            name: "open-images-validation", title: "photographs of Flickr with very many classes", task: .detection,
            imageCount: 41_620, classCount: 600, megabytes: 12_000,
            licence: "annotations CC BY 4.0, photographs CC BY 2.0 as their owners state",
            page: "https://storage.googleapis.com/openimages/web/index.html",
            files: [
                File(
                    "https://storage.googleapis.com/openimages/v5/validation-annotations-bbox.csv", isArchive: false),
                File("https://storage.googleapis.com/openimages/v5/class-descriptions-boxable.csv", isArchive: false),
                File("https://open-images-dataset.s3.amazonaws.com/tar/validation.tar.gz"),
            ],
            nextCommand: "needletail convert {}/validation-annotations-bbox.csv open-images.json --images {}/validation"
        ),
        KnownDataset(
            name: "bccd", title: "blood cells under the microscope", task: .detection, imageCount: 364, classCount: 3,
            megabytes: nil, licence: "MIT", page: "https://github.com/Shenggan/BCCD_Dataset",
            files: [
                File(
                    "https://github.com/Shenggan/BCCD_Dataset/archive/refs/heads/master.zip",
                    name: "BCCD_Dataset-master.zip")
            ],
            nextCommand: "needletail convert {}/BCCD_Dataset-master/BCCD cells.json"),
        KnownDataset(
            name: "raccoon", title: "raccoons, a first dataset of one class", task: .detection, imageCount: 200,
            classCount: 1, megabytes: nil, licence: "MIT", page: "https://github.com/datitran/raccoon_dataset",
            files: [
                File(
                    "https://github.com/datitran/raccoon_dataset/archive/refs/heads/master.zip",
                    name: "raccoon_dataset-master.zip")
            ],
            nextCommand: """
                needletail convert {}/raccoon_dataset-master/annotations raccoons.json --images \
                {}/raccoon_dataset-master/images
                """),
        KnownDataset(
            name: "kitti", title: "streets from a car, small objects", task: .detection, imageCount: 7481,
            classCount: 8, megabytes: 12_600, licence: "CC BY-NC-SA 3.0",
            page: "https://www.cvlibs.net/datasets/kitti/eval_object.php",
            files: [
                File("https://s3.eu-central-1.amazonaws.com/avg-kitti/data_object_label_2.zip"),
                File("https://s3.eu-central-1.amazonaws.com/avg-kitti/data_object_image_2.zip"),
            ],
            nextCommand: "needletail convert {}/training kitti.json --from kitti"),
        KnownDataset(
            name: "wider-face", title: "faces of all sizes, many in a picture", task: .detection, imageCount: 32_203,
            classCount: 1, megabytes: nil, licence: "photographs under terms of their own, for research",
            page: "http://shuoyang1213.me/WIDERFACE/", files: [], nextCommand: nil),
        KnownDataset(
            name: "visdrone", title: "streets and squares from drones, very small objects", task: .detection,
            imageCount: 10_209, classCount: 10, megabytes: 2000, licence: "for research",
            page: "https://github.com/VisDrone/VisDrone-Dataset", files: [], nextCommand: nil),
        KnownDataset(
            name: "objects365", title: "everyday photographs with many classes", task: .detection,
            imageCount: 2_000_000, classCount: 365, megabytes: nil, licence: "annotations CC BY 4.0",
            page: "https://www.objects365.org", files: [], nextCommand: nil),
        KnownDataset(
            name: "lvis", title: "COCO's photographs with rare classes", task: .segmentation, imageCount: 164_000,
            classCount: 1203, megabytes: nil, licence: "annotations CC BY 4.0", page: "https://www.lvisdataset.org",
            files: [], nextCommand: nil),
        KnownDataset(
            name: "penn-fudan", title: "pedestrians with their outlines", task: .segmentation, imageCount: 170,
            classCount: 1, megabytes: 54, licence: "not stated, for research",
            page: "https://www.cis.upenn.edu/~jshi/ped_html/",
            files: [File("https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip")], nextCommand: nil),
        KnownDataset(
            name: "oxford-pet", title: "cats and dogs of 37 breeds, heads in boxes", task: .segmentation,
            imageCount: 7349, classCount: 37, megabytes: 811, licence: "CC BY-SA 4.0",
            page: "https://www.robots.ox.ac.uk/~vgg/data/pets/",
            files: [
                File(
                    "https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
                    md5: "95a8c909bbe2e81eed6a22bccdf3f68f"),
                File(
                    "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
                    md5: "5c4f3ee8e5d25df40f4fd59a7f44e54c", byteCount: 791_918_971),
            ],
            nextCommand: "needletail convert {}/annotations/xmls heads.json --images {}/images"),
        digits(
            "mnist", title: "handwritten digits, 28x28, grey", from: "https://ossci-datasets.s3.amazonaws.com/mnist/",
            md5: [
                "f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c",
            ], megabytes: 12, licence: "CC BY-SA 3.0", page: "http://yann.lecun.com/exdb/mnist/"),
        digits(
            "fashion-mnist", title: "pieces of clothing, 28x28, grey",
            from: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            md5: [
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310",
            ], megabytes: 31, licence: "MIT", page: "https://github.com/zalandoresearch/fashion-mnist"),
        KnownDataset(
            name: "cifar-10", title: "small photographs, 32x32", task: .classification, imageCount: 60_000,
            classCount: 10, megabytes: 170, licence: "not stated, to be cited",
            page: "https://www.cs.toronto.edu/~kriz/cifar.html",
            files: [
                File(
                    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                    md5: "c32a1d4ab5d03f1284b67883e8d87530", byteCount: 170_052_171)
            ], nextCommand: nil),
        KnownDataset(
            name: "cifar-100", title: "small photographs, 32x32", task: .classification, imageCount: 60_000,
            classCount: 100, megabytes: 169, licence: "not stated, to be cited",
            page: "https://www.cs.toronto.edu/~kriz/cifar.html",
            files: [
                File(
                    "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
                    md5: "03b5dce01913d631647c71ecec9e9cb8")
            ], nextCommand: nil),
        KnownDataset(
            name: "imagenet", title: "photographs of a thousand kinds of things", task: .classification,
            imageCount: 1_281_167, classCount: 1000, megabytes: 150_000,
            licence: "for research, after registration", page: "https://www.image-net.org", files: [],
            nextCommand: nil),
    ]

    /// A dataset of the form of MNIST.
    private static func digits(
        _ name: String, title: String, from place: String, md5: [String], megabytes: Double, licence: String,
        page: String
    ) -> KnownDataset {
        let names = [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        ]
        return KnownDataset(
            name: name, title: title, task: .classification, imageCount: 70_000, classCount: 10, megabytes: megabytes,
            licence: licence, page: page,
            files: zip(names, md5).map { File(place + $0, md5: $1, isArchive: false) },
            nextCommand: "needletail classify train {} --model lenet5 --output runs/\(name)")
    }

    /// Where more datasets are found.
    public static let sites: [(name: String, address: String, about: String)] = [
        ("Kaggle", "https://www.kaggle.com/datasets", "datasets of competitions and of everybody"),
        ("Roboflow Universe", "https://universe.roboflow.com", "annotated pictures, given out in many formats"),
        ("Hugging Face", "https://huggingface.co/datasets", "datasets of all kinds, with cards that describe them"),
        (
            "Google Dataset Search", "https://datasetsearch.research.google.com",
            "a search through the pages of publishers"
        ),
        ("UCI Machine Learning Repository", "https://archive.ics.uci.edu", "small classic datasets"),
        ("OpenML", "https://www.openml.org", "datasets with tasks and results"),
        ("Registry of Open Data on AWS", "https://registry.opendata.aws", "large collections, satellites among them"),
        ("Zenodo", "https://zenodo.org", "what goes with publications"),
    ]
}
