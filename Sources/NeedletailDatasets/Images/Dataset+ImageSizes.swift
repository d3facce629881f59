import NeedletailGeometry
import NeedletailImages

extension Dataset {
    /// Width and height of every image: as the dataset states them, or else of the upright picture from the header of its
    /// file, as whoever drew boxes without stating a size has seen it. Zeros where neither tells.
    public func resolvedImageSizes() -> [Image.Size] {
        var sizes = images.indices.map { Image.Size(width: images[$0].width, height: images[$0].height) }
        let rows = images.indices.filter { !images[$0].hasSize }
        for (row, size) in zip(rows, sizesElsewhere(ofImages: rows, known: nil)) {
            // Why is said by whoever loads it.
            sizes[row] = (try? size.get()) ?? Image.Size(width: 0, height: 0)
        }
        return sizes
    }

    /// Takes the sizes of images whose records do not state any from where they are known, or from the image files.
    ///
    /// They are those of the upright pictures, as the tools that leave sizes out see them.
    ///
    /// A file that is damaged is remarked on; one that is not there is no matter of its size.
    ///
    /// - Parameter isStated: Whether records of the format state sizes, so that one without stays an issue.
    /// - Throws: `ImageError` when a file cannot be read though it is there.
    package mutating func takeImageSizes(known: KnownImages?, isStated: Bool) throws(ImageError) {
        let rows = images.indices.filter { images.widths[$0] <= 0 || images.heights[$0] <= 0 }
        guard !rows.isEmpty else { return }
        var areFound = false
        for (row, size) in zip(rows, sizesElsewhere(ofImages: rows, known: known)) {
            switch size {
            case .success(let size):
                areFound = true
                images.widths[row] = Int32(clamping: size.width)
                images.heights[row] = Int32(clamping: size.height)
            case .failure(let error):
                switch error.reason {
                case .missing, .notAFile: break
                case .unreadable: throw error
                case .truncated:
                    remarks.append(ReadingRemark(.truncatedFile, .image, row: row, words(of: error, row: row)))
                default: remarks.append(ReadingRemark(.corruptFile, .image, row: row, words(of: error, row: row)))
                }
            }
        }
        if areFound { notes = findIssues(withoutStatedSize: isStated ? rows : nil) }
    }

    /// What is remarked on files whose size was looked for.
    package static let unreadSizes: Set<DatasetIssue.Kind> = [.corruptFile, .truncatedFile]

    private func words(of error: ImageError, row: Int) -> String {
        "\(ImageError(error.reason, path: images.fileName(of: row)))"
    }

    /// The sizes of some images from another dataset, or else from the headers of their files.
    private func sizesElsewhere(
        ofImages rows: [Int], known: KnownImages?
    ) -> [Result<Image.Size, ImageError>] {
        concurrentFlatMap(runs: rows.count) { run in
            run.map { place in
                let row = rows[place]
                if let image = known?.image(named: images.fileNames[row]), image.hasSize {
                    return .success(Image.Size(width: image.width, height: image.height))
                }
                do throws(ImageError) {
                    let information = try ImageInformation(contentsOf: imagePath(ofImage: row))
                    return .success(Image.Size(width: information.width, height: information.height))
                } catch {
                    return .failure(error)
                }
            }
        }
    }
}
