// swift-tools-version: 6.2

import PackageDescription

/// The layers, lowest first; a target imports only what stands above it here.
let package = Package(
    name: "Needletail",
    products: [
        .library(name: "Needletail", targets: ["Needletail"]),
        .library(name: "NeedletailData", targets: ["NeedletailData"]),
        .executable(name: "needletail", targets: ["needletail-program"]),
        .executable(name: "needletail-bench", targets: ["needletail-bench"]),
        .executable(name: "needletail-pretrain", targets: ["needletail-pretrain"]),
        .executable(name: "needletail-synthesize", targets: ["needletail-synthesize"]),
        .executable(name: "needletail-fuzz", targets: ["needletail-fuzz"]),
        // Loaded before the C library, by tests alone.
        .library(name: "FaultInjection", type: .dynamic, targets: ["CFaults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        // C shims.
        .target(
            name: "CImageCodecs",
            linkerSettings: [
                .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("dl", .when(platforms: [.linux])),
            ]),
        .target(name: "CKernels"),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "CTransfer",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        .target(name: "CMPI", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        // What everything stands on.
        .target(name: "NeedletailPlatform"),
        .target(name: "NeedletailErrors", dependencies: ["NeedletailPlatform"]),
        .target(name: "NeedletailSystem", dependencies: ["NeedletailPlatform", "NeedletailErrors"]),
        .target(
            name: "NeedletailProcesses",
            dependencies: ["CMPI", "NeedletailPlatform", "NeedletailErrors", "NeedletailSystem"]),
        .target(
            name: "NeedletailText", dependencies: ["CExpat", "NeedletailPlatform", "NeedletailSystem"],
            linkerSettings: [.linkedLibrary("iconv", .when(platforms: [.macOS]))]),

        .target(name: "NeedletailArchives", dependencies: ["CZlib", "NeedletailPlatform", "NeedletailSystem"]),

        // Data: no numerics.
        .target(name: "NeedletailGeometry", dependencies: ["NeedletailPlatform"]),
        .target(name: "NeedletailRandom", dependencies: ["NeedletailPlatform"]),
        .target(
            name: "NeedletailImages",
            dependencies: ["CImageCodecs", "NeedletailPlatform", "NeedletailSystem", "NeedletailGeometry"]),
        .target(
            name: "NeedletailAugmentation",
            dependencies: [
                "NeedletailPlatform", "NeedletailErrors", "NeedletailGeometry", "NeedletailRandom", "NeedletailImages",
            ]),
        .target(
            name: "NeedletailShapes", dependencies: ["NeedletailPlatform", "NeedletailGeometry", "NeedletailImages"]),
        .target(name: "NeedletailCharts", dependencies: ["NeedletailPlatform", "NeedletailImages"]),
        .target(
            name: "NeedletailDatasets",
            dependencies: [
                "NeedletailPlatform", "NeedletailSystem", "NeedletailText", "NeedletailGeometry", "NeedletailImages",
            ]),
        .target(
            name: "NeedletailFormats",
            dependencies: [
                "NeedletailPlatform", "NeedletailSystem", "NeedletailText", "NeedletailArchives", "NeedletailGeometry",
                "NeedletailImages", "NeedletailDatasets",
            ]),
        .target(name: "NeedletailEvaluation", dependencies: ["NeedletailPlatform", "NeedletailGeometry"]),
        .target(
            name: "NeedletailCuration",
            dependencies: [
                "NeedletailPlatform", "NeedletailErrors", "NeedletailSystem", "NeedletailText", "NeedletailGeometry",
                "NeedletailRandom", "NeedletailImages", "NeedletailDatasets", "NeedletailProcesses",
            ]),
        .target(
            name: "NeedletailReports",
            dependencies: [
                "NeedletailPlatform", "NeedletailSystem", "NeedletailText", "NeedletailGeometry", "NeedletailImages",
                "NeedletailCharts", "NeedletailDatasets", "NeedletailFormats", "NeedletailEvaluation",
                "NeedletailCuration",
            ]),
        .target(
            name: "NeedletailData",
            dependencies: [
                "NeedletailErrors", "NeedletailGeometry", "NeedletailImages", "NeedletailDatasets",
                "NeedletailFormats", "NeedletailEvaluation", "NeedletailAugmentation", "NeedletailCuration",
                "NeedletailReports",
            ]),

        // Numerics.
        .target(name: "NeedletailKernels", dependencies: ["CKernels", "NeedletailPlatform", "NeedletailRandom"]),
        .target(
            name: "NeedletailGraph",
            dependencies: ["NeedletailKernels", "NeedletailPlatform", "NeedletailRandom", "NeedletailSystem"]),
        .target(
            name: "NeedletailRuntime", dependencies: ["NeedletailGraph", "NeedletailPlatform", "NeedletailSystem"]),
        .target(
            name: "NeedletailCheckpoints",
            dependencies: ["NeedletailPlatform", "NeedletailSystem", "NeedletailText", "NeedletailArchives"]),
        .target(
            name: "NeedletailDownloads",
            dependencies: ["CTransfer", "NeedletailPlatform", "NeedletailSystem", "NeedletailArchives"]),
        .target(
            name: "NeedletailModels",
            dependencies: [
                "NeedletailPlatform", "NeedletailErrors", "NeedletailRuntime", "NeedletailCheckpoints",
                "NeedletailDownloads", "NeedletailGeometry", "NeedletailImages",
            ]),
        .target(
            name: "NeedletailONNX",
            dependencies: [
                "NeedletailPlatform", "NeedletailErrors", "NeedletailSystem", "NeedletailText", "NeedletailKernels",
                "NeedletailRuntime", "NeedletailCheckpoints", "NeedletailGeometry", "NeedletailImages",
                "NeedletailModels", "NeedletailRandom", "NeedletailGraph",
            ]),
        .target(
            name: "NeedletailTraining",
            dependencies: [
                "CKernels", "NeedletailPlatform", "NeedletailSystem", "NeedletailProcesses", "NeedletailModels",
                "NeedletailONNX",
                "NeedletailDownloads",
                "NeedletailCharts", "NeedletailDatasets", "NeedletailFormats", "NeedletailAugmentation",
                "NeedletailEvaluation",
            ]),
        .target(
            name: "NeedletailInspection",
            dependencies: ["NeedletailPlatform", "NeedletailModels", "NeedletailImages", "NeedletailCharts"]),
        .target(
            name: "Needletail",
            dependencies: [
                "NeedletailData", "NeedletailDownloads", "NeedletailKernels", "NeedletailProcesses",
                "NeedletailTraining",
                "NeedletailInspection", "NeedletailONNX",
            ]),

        // Programs. The command line is a library, so that its options can be given anything without starting a program.
        .target(
            name: "NeedletailCommandLine",
            dependencies: [
                "Needletail", "NeedletailPlatform", "NeedletailErrors", "NeedletailProcesses", "NeedletailSystem",
                "NeedletailText",
                "NeedletailDatasets",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/needletail-cli"),
        .executableTarget(name: "needletail-program", dependencies: ["NeedletailCommandLine"]),
        .executableTarget(
            name: "needletail-bench",
            dependencies: [
                "Needletail", "NeedletailPlatform", "NeedletailProcesses",
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
                "NeedletailPlatform", "NeedletailShapes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "needletail-fuzz",
            dependencies: [
                "Needletail", "NeedletailPlatform", "NeedletailRandom", "NeedletailSystem", "NeedletailText",
                "NeedletailArchives", "NeedletailImages", "NeedletailDatasets", "NeedletailFormats",
                "NeedletailCuration", "NeedletailAugmentation", "NeedletailCheckpoints", "NeedletailKernels",
                "NeedletailModels", "NeedletailONNX", "NeedletailTraining", "NeedletailCommandLine",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "detect-photo",
            dependencies: [
                "Needletail",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "examples/detect-photo"),
        .executableTarget(
            name: "train-detector",
            dependencies: [
                "Needletail",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "examples/train-detector"),
        .executableTarget(
            name: "needletail-notes",
            dependencies: [
                "Needletail",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "examples/notes"),

        // Tests.
        .testTarget(name: "GeometryTests", dependencies: ["NeedletailGeometry"]),
        .testTarget(
            name: "ImagesTests", dependencies: ["NeedletailImages", "ProgramRunner"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "ChartsTests", dependencies: ["NeedletailCharts", "NeedletailImages"]),
        .testTarget(
            name: "AugmentationTests", dependencies: ["NeedletailAugmentation", "NeedletailRandom"],
            exclude: ["References"], resources: [.copy("Fixtures")]),
        .testTarget(name: "ShapesTests", dependencies: ["NeedletailShapes"]),
        .testTarget(
            name: "SystemTests",
            dependencies: ["NeedletailPlatform", "NeedletailErrors", "NeedletailSystem", "ProgramRunner"]),
        .target(name: "ThreadedProcesses", dependencies: ["NeedletailProcesses"], path: "Tests/ThreadedProcesses"),
        .testTarget(name: "ProcessesTests", dependencies: ["NeedletailProcesses", "ThreadedProcesses"]),
        .testTarget(name: "TextTests", dependencies: ["NeedletailText", "ProgramRunner"]),
        .testTarget(name: "DatasetsTests", dependencies: ["NeedletailDatasets", "NeedletailFormats", "ProgramRunner"]),
        .testTarget(
            name: "FormatsTests",
            dependencies: ["NeedletailArchives", "NeedletailFormats", "NeedletailRandom", "ProgramRunner"],
            exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "EvaluationTests", dependencies: ["NeedletailEvaluation", "ProgramRunner"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "CurationTests",
            dependencies: ["NeedletailCuration", "NeedletailFormats", "NeedletailRandom", "ProgramRunner"]),
        .testTarget(
            name: "ReportsTests",
            dependencies: ["CExpat", "NeedletailPlatform", "NeedletailReports", "NeedletailCuration", "ProgramRunner"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["NeedletailCheckpoints"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "ArchivesTests", dependencies: ["NeedletailArchives", "ProgramRunner"], exclude: ["References"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "DownloadsTests",
            dependencies: ["NeedletailErrors", "NeedletailDownloads", "NeedletailArchives", "ProgramRunner"]),
        .target(
            name: "CFaults", path: "Tests/CFaults",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "ReferenceFormula", path: "Tests/ReferenceFormula"),
        .target(name: "ReferenceKernels", dependencies: ["NeedletailKernels"], path: "Tests/ReferenceKernels"),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "ReferenceKernels"]),
        .target(
            name: "COpenBLAS", path: "Tests/COpenBLAS",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .testTarget(name: "KernelsTests", dependencies: ["COpenBLAS", "ReferenceKernels", "ReferenceFormula"]),
        .testTarget(
            name: "GraphTests", dependencies: ["NeedletailRuntime", "ReferenceFormula", "ReferenceKernels"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "ModelsTests",
            dependencies: ["NeedletailModels", "NeedletailTraining", "ReferenceFormula", "ProgramRunner"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "ONNXTests",
            dependencies: [
                "NeedletailArchives", "NeedletailONNX", "NeedletailTraining", "ReferenceFormula", "ProgramRunner",
            ], exclude: ["References"], resources: [.copy("Fixtures")]),
        .target(name: "ProgramRunner", path: "Tests/ProgramRunner"),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Needletail", "NeedletailProcesses", "ReferenceFormula", "ProgramRunner", "ThreadedProcesses",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["Needletail", "NeedletailKernels", "NeedletailPlatform", "ProgramRunner"],
            exclude: ["Fixtures"]),
        .testTarget(name: "ExamplesTests", dependencies: ["Needletail", "ProgramRunner"]),
    ]
)
