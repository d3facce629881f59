import NeedletailData

extension Wording {
    /// What the command line calls the library's settings and verbs.
    static let commandLine = Wording(
        settings: [
            .format: "--from",
            .split: "--split",
            .imageFolder: "--images",
            .annotations: "--annotations",
            .columns: "--columns",
            .sidecarUse: "--no-sidecar",
            .overwriting: "--overwrite",
            .leniency: "--lenient",
        ],
        verbs: [
            .listFormats: "`needletail convert --list`",
            .check: "'needletail check'",
        ])
}
