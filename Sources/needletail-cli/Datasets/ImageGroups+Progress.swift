import Needletail

extension ImageGroups {
    /// Puts similar pictures together, and shows how many image files have been read.
    mutating func joinSimilarPictures(console: Console) {
        var progress = Progress("images", unit: "images", total: groups.count, console: console)
        joinSimilarPictures { done, _ in progress.update(done) }
        progress.clear()
    }
}
