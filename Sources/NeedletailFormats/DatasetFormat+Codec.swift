import NeedletailDatasets

extension DatasetFormat {
    /// Finds out what lies at a path from its content.
    ///
    /// - Parameter split: Chooses among the files of several splits in one folder.
    /// - Returns: The format, and the file or folder to give to the reader.
    /// - Throws: ``AnnotationError`` when nothing is recognised, or when more than one reading is possible; it then
    ///   names them.
    public static func recognize(_ path: String, split: String? = nil) throws -> (format: DatasetFormat, path: String) {
        let recognized = try DatasetRecognition(split: split).recognize(path)
        return (recognized.format, recognized.path)
    }

    /// What the format can and cannot hold.
    public var capabilities: FormatCapabilities { codec.capabilities }

    /// Whether a dataset of this format is written as a folder rather than one file.
    public var isFolder: Bool { codec.isFolder }

    var codec: any DatasetCodec.Type {
        switch self {
        case .coco: COCOFormat.self
        case .voc: VOCFormat.self
        case .cocoResults: COCOResultsFormat.self
        case .yolo: YOLOFormat.self
        case .darknet: DarknetFormat.self
        case .createml: CreateMLFormat.self
        case .labelme: LabelMeFormat.self
        case .csv: CSVFormat.self
        case .retinanet: RetinaNetFormat.self
        case .openimages: OpenImagesFormat.self
        case .kitti: KITTIFormat.self
        case .cvat: CVATFormat.self
        case .labelstudio: LabelStudioFormat.self
        case .via: VIAFormat.self
        case .bdd100k: BDDFormat.self
        case .crowdhuman: CrowdHumanFormat.self
        case .datumaro: DatumaroFormat.self
        case .dota: DOTAFormat.self
        case .fiftyone: FiftyOneFormat.self
        case .huggingface: HuggingFaceFormat.self
        case .kerasYOLO3: KerasYOLOFormat.self
        case .labelbox: LabelboxFormat.self
        case .makesense: MakeSenseFormat.self
        case .mot: MOTFormat.self
        case .panoptic: PanopticFormat.self
        case .sagemaker: SageMakerFormat.self
        case .supervisely: SuperviselyFormat.self
        case .tfrecord: TFRecordFormat.self
        case .visdrone: VisDroneFormat.self
        case .vott: VoTTFormat.self
        case .widerface: WIDERFaceFormat.self
        case .yoloOBB: YOLOOBBFormat.self
        }
    }
}
