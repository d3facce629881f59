/// A published weight file that this toolkit can start from.
///
/// Names, addresses, sizes and scores are those of torchvision's own list of models; the checksum is the part of the
/// SHA-256 that torchvision puts into the file name. The weights come under torchvision's terms (BSD-3-Clause), those of
/// YOLOX, with the scores of its own list, under Megvii's (Apache-2.0); they were trained on data sets with terms of their own.
public struct KnownWeights: Sendable, Equatable, CustomStringConvertible {
    /// Such as `resnet50-imagenet-v1`.
    public let name: String
    /// Such as `resnet50`; what `CheckpointArchitecture` says of the file.
    public let architecture: String
    /// What the weights were trained on.
    public let dataset: String
    /// Columns of the last layer. Detection weights have one for the background and for COCO's unused numbers.
    public let classCount: Int
    public let url: String
    /// Number of trained parameters, running statistics not included.
    public let parameterCount: Int
    /// Size as published, in MiB to three decimals; nil where it is not.
    public let publishedMebibytes: Double?
    /// Top-1 accuracy on ImageNet or box mAP on COCO val2017, in percent, as published.
    public let score: Double

    /// The last part of `url`.
    public var fileName: String { String(url[(url.lastIndex(of: "/").map(url.index(after:)) ?? url.startIndex)...]) }

    /// The part of the SHA-256 that is known; nil where none is published.
    public let checksum: Checksum?

    /// Sizes that round to the published one, in bytes.
    public var byteCounts: ClosedRange<Int>? {
        let unit = 1_048_576.0
        return publishedMebibytes.map { Int(($0 - 0.0006) * unit)...Int(($0 + 0.0006) * unit) }
    }

    public var description: String { "\(name) (\(fileName)\(publishedMebibytes.map { ", \($0) MiB" } ?? ""))" }

    /// Weights by name, file name or URL.
    public static func named(_ name: String) -> KnownWeights? {
        all.first { $0.name == name || $0.fileName == name || $0.url == name }
    }

    /// A transfer of the file into a folder, under its own name.
    ///
    /// - Parameter checksum: The file's SHA-256 where it is known from elsewhere; otherwise the published digits count.
    public func download(into folder: String, checksum: Checksum? = nil) -> Download {
        Download(
            url: url, to: folder.hasSuffix("/") ? folder + fileName : "\(folder)/\(fileName)",
            checksum: checksum ?? self.checksum, byteCounts: byteCounts)
    }

    private static func imageNet(
        _ architecture: String, _ version: Int, _ digits: String, _ parameterCount: Int, _ mebibytes: Double,
        _ score: Double, file: String? = nil
    ) -> KnownWeights {
        KnownWeights(
            name: "\(architecture)-imagenet-v\(version)", architecture: architecture, dataset: "ImageNet-1K",
            classCount: 1000, url: "https://download.pytorch.org/models/\(file ?? architecture)-\(digits).pth",
            parameterCount: parameterCount, publishedMebibytes: mebibytes, score: score, checksum: Checksum(digits))
    }

    private static func coco(
        _ architecture: String, _ digits: String, _ parameterCount: Int, _ mebibytes: Double, _ score: Double
    ) -> KnownWeights {
        KnownWeights(
            name: "\(architecture)-coco", architecture: architecture, dataset: "COCO 2017", classCount: 91,
            url: "https://download.pytorch.org/models/\(architecture)_coco-\(digits).pth",
            parameterCount: parameterCount, publishedMebibytes: mebibytes, score: score, checksum: Checksum(digits))
    }

    private static func yolox(
        _ variant: String, _ parameterCount: Int, _ score: Double, sha256: String = ""
    ) -> KnownWeights {
        KnownWeights(
            name: "yolox-\(variant)-coco", architecture: "yolox-\(variant)", dataset: "COCO 2017", classCount: 80,
            url: "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_\(variant).pth",
            parameterCount: parameterCount, publishedMebibytes: nil, score: score, checksum: Checksum(sha256))
    }

    public static let all: [KnownWeights] = [
        imageNet("resnet18", 1, "f37072fd", 11_689_512, 44.661, 69.758),
        imageNet("resnet34", 1, "b627a593", 21_797_672, 83.275, 73.314),
        imageNet("resnet50", 1, "0676ba61", 25_557_032, 97.781, 76.13),
        imageNet("resnet50", 2, "11ad3fa6", 25_557_032, 97.79, 80.858),
        imageNet("resnet101", 1, "63fe2227", 44_549_160, 170.511, 77.374),
        imageNet("resnet101", 2, "cd907fc2", 44_549_160, 170.53, 81.886),
        imageNet("resnet152", 1, "394f9c45", 60_192_808, 230.434, 78.312),
        imageNet("resnet152", 2, "f82ba261", 60_192_808, 230.474, 82.284),
        imageNet("vgg16", 1, "397923af", 138_357_544, 527.796, 71.592),
        imageNet("mobilenet-v3-large", 1, "8738ca79", 5_483_032, 21.114, 74.042, file: "mobilenet_v3_large"),
        coco("retinanet_resnet50_fpn", "eeacb38b", 34_014_999, 130.267, 36.4),
        coco("retinanet_resnet50_fpn_v2", "5905b1c5", 38_198_935, 146.037, 41.5),
        coco("fcos_resnet50_fpn", "99b0c9b7", 32_269_600, 123.608, 39.2),
        coco("ssd300_vgg16", "b556d3b4", 35_641_826, 135.988, 25.1),
        coco("ssdlite320_mobilenet_v3_large", "a79551df", 3_440_060, 13.418, 21.3),
        yolox(
            "nano", 912_159, 25.8, sha256: "cd28f55fbbc1829f99d9ac9b38a16d259a22889739c8728ea877610201feff7b"),
        yolox("tiny", 5_055_855, 32.8),
        yolox("s", 8_968_255, 40.5),
        yolox("m", 25_326_495, 46.9),
        yolox("l", 54_208_895, 49.7),
        yolox("x", 99_071_455, 51.1),
    ]
}
