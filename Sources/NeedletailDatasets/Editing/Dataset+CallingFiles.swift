extension Dataset {
    /// Calls the files that the dataset was read from otherwise, wherever messages name them.
    package mutating func callFiles(_ name: (String) -> String) {
        provenance.path = name(provenance.path)
        remarks = remarks.map { $0.calling(files: name) }
        refused.callFiles(name)
        var files = StringColumn()
        for file in images.describedIn { files.append(file.isEmpty ? file : name(file)) }
        images.describedIn = files
    }
}
