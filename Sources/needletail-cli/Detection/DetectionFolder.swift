import Needletail
import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The folder that `detect` writes into, held for it, with what an earlier detection there has found so far.
final class DetectionFolder {
    let folder: OutputFolder
    let journal: DetectionJournal
    /// By the name of the photograph.
    let found: [String: DetectionJournal.Entry]
    let overwrites: Bool
    private let lock: FolderLock
    /// Names that an earlier detection, or this one, has taken.
    private var own: Set<String>

    /// - Parameters:
    ///   - names: Of the files to be written.
    ///   - settings: What decides the results.
    ///   - inputs: Files that are read.
    /// - Throws: ``CommandError`` when files are in the way, there is nothing to go on with, or it was found otherwise.
    init(
        _ folder: OutputFolder, names: [String], settings: [String: String], resumes: Bool, overwrites: Bool,
        inputs: [String]
    ) throws {
        self.folder = folder
        lock = try folder.claim([], as: "what is found", overwrites: overwrites, apartFrom: inputs)
        let earlier = overwrites ? nil : try DetectionJournal.read(in: folder.path)
        if let earlier, resumes {
            try Self.requireSame(earlier.header.settings, settings, folder: folder.path)
        } else if earlier != nil {
            throw CommandError(
                "\(folder.path): this folder holds a detection that was stopped. Go on with --resume, or start over with "
                    + "--overwrite.")
        } else if resumes {
            throw CommandError(
                "\(folder.path): there is no detection to resume in this folder"
                    + (ImageFolder.exists(folder.path + "/" + DetectionRun.results)
                        ? "; it is finished." : ". Start one without --resume."))
        }
        // What it has written, or was about to, is its own.
        let own = Set(earlier?.header.files ?? [])
        for (files, overwrites) in [
            (names.filter { !own.contains($0) }, overwrites), (own.intersection(names).sorted(), true),
        ] {
            try OutputRule.requireFree(
                files.map { folder.path + "/" + $0 }, what: "what is found", overwrites: overwrites, inputs: inputs)
        }
        Self.removeRemains(of: own, in: folder.path)
        self.overwrites = overwrites
        found = earlier?.entries ?? [:]
        // Photographs may have come since.
        journal = try DetectionJournal(
            in: folder.path,
            header: earlier == nil ? DetectionJournal.Header(settings: settings, files: names) : nil)
        if earlier != nil {
            for name in names where !own.contains(name) { journal.append(DetectionJournal.Claim(file: name)) }
        }
        self.own = own.union(names)
    }

    /// Takes the name of a photograph's picture, which is written later.
    ///
    /// - Throws: ``CommandError`` when something is there.
    func claim(_ photograph: Photographs.Item) throws {
        guard !own.contains(photograph.picture) else { return }
        try OutputRule.requireFree(
            [folder.path + "/" + photograph.picture], what: "what is found", overwrites: overwrites,
            inputs: [photograph.path])
        own.insert(photograph.picture)
        journal.append(DetectionJournal.Claim(file: photograph.picture))
    }

    /// Removes what a killed detection had not finished writing. Nobody else writes here: the folder is locked.
    private static func removeRemains(of own: Set<String>, in folder: String) {
        func entries(_ folder: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        }
        for entry in entries(folder) {
            if let name = TemporaryName.origin(of: entry), own.contains(name) {
                FolderTree.remove("\(folder)/\(entry)")
            }
        }
        guard own.contains(CropFolders.name) else { return }
        let crops = "\(folder)/\(CropFolders.name)"
        for path in entries(crops).map({ "\(crops)/\($0)" }) {
            for entry in entries(path) where TemporaryName.origin(of: entry) != nil {
                FolderTree.remove("\(path)/\(entry)")
            }
        }
    }

    private static func requireSame(_ then: [String: String], _ now: [String: String], folder: String) throws {
        let differences = Set(then.keys).union(now.keys).sorted().filter { then[$0] != now[$0] }.map { name in
            "\(name) was \(then[name] ?? "not given") and is \(now[name] ?? "not given")"
        }
        guard !differences.isEmpty else { return }
        throw CommandError(
            "\(folder): what was found here so far was found otherwise: \(differences.joined(separator: "; ")). Give the same, or "
                + "another folder.")
    }
}
