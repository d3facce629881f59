// swift-tools-version: 6.2

import PackageDescription

/// The layers, lowest first; a target imports only what stands above it here.
let package = Package(
    name: "Needletail",
    products: [
        .library(name: "Needletail", targets: ["Needletail"]),
        .library(name: "NeedletailData", targets: ["NeedletailData"]),
        .executable(name: "needletail", targets: ["needletail-cli"]),
        .executable(name: "needletail-bench", targets: ["needletail-bench"]),
        .executable(name: "needletail-pretrain", targets: ["needletail-pretrain"]),
        .executable(name: "needletail-synthesize", targets: ["needletail-synthesize"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        // C shims.
        .target(
            name: "CImageCodecs",
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        .target(name: "CKernels"),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]),
        .target(
            name: "CTransfer",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        // What everything stands on.
        .target(name: "NeedletailSystem"),

        // Data: no numerics.
        .target(name: "NeedletailGeometry"),
        .target(name: "NeedletailRandom"),
        .target(name: "NeedletailImages", dependencies: ["CImageCodecs", "NeedletailGeometry"]),
        .target(
            name: "NeedletailAugmentation",
            dependencies: ["NeedletailGeometry", "NeedletailRandom", "NeedletailImages"]),
        .target(name: "NeedletailShapes", dependencies: ["NeedletailGeometry", "NeedletailImages"]),
        .target(name: "NeedletailAnnotations", dependencies: ["CExpat", "NeedletailGeometry", "NeedletailImages"]),
        .target(name: "NeedletailEvaluation", dependencies: ["NeedletailGeometry"]),
        .target(
            name: "NeedletailCuration",
            dependencies: ["NeedletailGeometry", "NeedletailRandom", "NeedletailImages", "NeedletailAnnotations"]),
        .target(
            name: "NeedletailReports",
            dependencies: [
                "NeedletailGeometry", "NeedletailImages", "NeedletailAnnotations", "NeedletailEvaluation",
                "NeedletailCuration",
            ]),
        .target(
            name: "NeedletailData",
            dependencies: [
                "NeedletailGeometry", "NeedletailImages", "NeedletailAnnotations", "NeedletailEvaluation",
                "NeedletailAugmentation", "NeedletailCuration", "NeedletailReports",
            ]),

        // Numerics.
        .target(name: "NeedletailKernels", dependencies: ["CKernels"]),
        .target(name: "NeedletailRuntime", dependencies: ["NeedletailKernels", "NeedletailRandom"]),
        .target(name: "NeedletailNetworks", dependencies: ["CKernels", "NeedletailRuntime"]),
        .target(name: "NeedletailCheckpoints", dependencies: ["CTransfer"]),
        .target(
            name: "NeedletailDetectors",
            dependencies: [
                "NeedletailNetworks", "NeedletailCheckpoints", "NeedletailGeometry", "NeedletailImages",
            ]),
        .target(
            name: "NeedletailTraining",
            dependencies: [
                "NeedletailDetectors", "NeedletailAnnotations", "NeedletailAugmentation", "NeedletailEvaluation",
            ]),
        .target(
            name: "Needletail",
            dependencies: ["NeedletailData", "NeedletailKernels", "NeedletailTraining"]),

        // Programs.
        .executableTarget(
            name: "needletail-cli",
            dependencies: [
                "Needletail",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "needletail-bench",
            dependencies: [
                "Needletail",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .executableTarget(
            name: "needletail-pretrain",
            dependencies: [
                "Needletail", "NeedletailShapes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "needletail-synthesize",
            dependencies: [
                "NeedletailShapes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "detect-photo",
            dependencies: [
                "Needletail",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "examples/detect-photo"),

        // Tests.
        .testTarget(name: "GeometryTests", dependencies: ["NeedletailGeometry"]),
        .testTarget(
            name: "ImagesTests", dependencies: ["NeedletailImages"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "AugmentationTests", dependencies: ["NeedletailAugmentation", "NeedletailRandom"],
            exclude: ["References"], resources: [.copy("Fixtures")]),
        .testTarget(name: "ShapesTests", dependencies: ["NeedletailShapes"]),
        .testTarget(
            name: "AnnotationsTests", dependencies: ["NeedletailAnnotations"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "EvaluationTests", dependencies: ["NeedletailEvaluation"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "CurationTests", dependencies: ["NeedletailCuration", "NeedletailRandom", "ProgramRunner"]),
        .testTarget(name: "ReportsTests", dependencies: ["CExpat", "NeedletailReports", "NeedletailCuration"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["NeedletailCheckpoints"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .target(name: "ReferenceFormula", path: "Tests/ReferenceFormula"),
        .target(name: "ReferenceKernels", dependencies: ["NeedletailKernels"], path: "Tests/ReferenceKernels"),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "ReferenceKernels"]),
        .target(
            name: "COpenBLAS", path: "Tests/COpenBLAS",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .testTarget(name: "KernelsTests", dependencies: ["COpenBLAS", "ReferenceKernels", "ReferenceFormula"]),
        .testTarget(
            name: "NetworksTests", dependencies: ["NeedletailNetworks", "ReferenceKernels", "ReferenceFormula"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "DetectorsTests", dependencies: ["NeedletailDetectors", "ReferenceFormula"],
            resources: [.copy("Fixtures")]),
        .target(name: "ProgramRunner", path: "Tests/ProgramRunner"),
        .testTarget(
            name: "TrainingTests", dependencies: ["Needletail", "ReferenceFormula", "ProgramRunner"]),
        .testTarget(
            name: "CommandLineTests", dependencies: ["Needletail", "ProgramRunner"], exclude: ["Fixtures"]),
        .testTarget(name: "ExamplesTests", dependencies: ["Needletail", "ProgramRunner"]),
    ]
)
