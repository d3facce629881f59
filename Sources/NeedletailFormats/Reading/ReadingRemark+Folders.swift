import NeedletailDatasets
import NeedletailSystem

extension ReadingRemark {
    /// What a folder holds that was not read.
    static func remarks(on contents: FolderContents, in folder: String) -> [ReadingRemark] {
        contents.unreadableNames.map {
            ReadingRemark(.unreadableName, file: "\(folder)/\($0)", record: "file")
        }
            + contents.repeatedFolders.map {
                ReadingRemark(.repeatedFolder, file: "\(folder)/\($0)", record: "folder")
            }
    }
}
