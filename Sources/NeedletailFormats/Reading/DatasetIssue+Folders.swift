import NeedletailDatasets
import NeedletailSystem

extension DatasetIssue {
    /// What a folder holds that was not read.
    static func remarks(on contents: FolderContents, in folder: String) -> [DatasetIssue] {
        contents.unreadableNames.map {
            DatasetIssue(kind: .unreadableName, file: "\(folder)/\($0)", record: "file")
        }
            + contents.repeatedFolders.map {
                DatasetIssue(kind: .repeatedFolder, file: "\(folder)/\($0)", record: "folder")
            }
    }
}
