import NeedletailGeometry

/// The images and boxes of a dataset that a detector can be trained on, and what was set aside.
public struct TrainingView: Sendable {
    /// The rows of the images to train on, ascending.
    public internal(set) var images: [Int] = []
    /// What was left out, in the order of the records.
    public internal(set) var setAside: [SetAside] = []
    package var starts: [Int32] = [0]
    package var objects: [Object] = []

    /// A box to train on.
    public struct Object: Hashable, Sendable {
        /// Inside the image and larger than one pixel in both directions.
        public var box: Box
        /// The row of the category in ``Dataset/categories``.
        public var category: Int
        /// The row of the annotation in ``Dataset/annotations``.
        public var annotation: Int
    }

    public struct SetAside: Hashable, Sendable {
        public enum Reason: String, Hashable, Sendable {
            case crowd = "marks a crowd"
            case missingBox = "has no box"
            case nonFiniteBox = "has a coordinate that is not a finite number"
            case noArea = "has no area"
            case tinyBox = "is one pixel or less in one direction"
            case outsideImage = "lies outside the image"
            case imageWithoutBoxes = "has no usable box"
        }

        public var reason: Reason
        /// The row of the image.
        public var image: Int
        /// The row of the annotation, or nil when the whole image was left out.
        public var annotation: Int?
    }

    /// The boxes of the image at a position in ``images``.
    public func objects(at position: Int) -> ArraySlice<Object> {
        objects[Int(starts[position])..<Int(starts[position + 1])]
    }
}

extension Dataset {
    /// The part of the dataset to train on.
    ///
    /// As in torchvision's reference recipe (`references/detection`), crowds are left out, boxes are clipped
    /// to the image and images without a usable box are dropped. Unlike there, a box of one pixel or less in
    /// one direction is left out by itself, not only when its image has no other, and the clipping is to the
    /// dataset's own width and height.
    ///
    /// - Parameter keepsEmptyImages: Whether images without a usable box stay, as background.
    public func trainingView(keepsEmptyImages: Bool = false) -> TrainingView {
        var view = TrainingView()
        for image in 0..<images.count {
            let before = view.objects.count
            for row in annotations(ofImage: image) {
                switch usableBox(row) {
                case .success(let box):
                    view.objects.append(
                        TrainingView.Object(box: box, category: Int(annotations.categories[row]), annotation: row))
                case .failure(let refusal):
                    view.setAside.append(
                        TrainingView.SetAside(reason: refusal.reason, image: image, annotation: row))
                }
            }
            if view.objects.count > before || keepsEmptyImages {
                view.images.append(image)
                view.starts.append(Int32(view.objects.count))
            } else {
                view.setAside.append(TrainingView.SetAside(reason: .imageWithoutBoxes, image: image))
            }
        }
        return view
    }

    private struct Refusal: Error {
        var reason: TrainingView.SetAside.Reason
    }

    private func usableBox(_ row: Int) -> Result<Box, Refusal> {
        let flags = annotations.flags[row]
        if flags.contains(.isCrowd) { return .failure(Refusal(reason: .crowd)) }
        if flags.contains(.hasNoBox) { return .failure(Refusal(reason: .missingBox)) }
        var box = annotations.boxes[row]
        if !box.isFinite { return .failure(Refusal(reason: .nonFiniteBox)) }
        if box.isReversed, boxIssue(row) == .swappedCorners { box = box.inOrder }
        if flags.contains(.hasNoArea) || !box.hasArea { return .failure(Refusal(reason: .noArea)) }
        let image = images[Int(annotations.images[row])]
        let width = Double(image.width)
        let height = Double(image.height)
        // A box inside the image keeps every digit of its size.
        if image.hasSize, box.x < 0 || box.y < 0 || box.x2 > width || box.y2 > height {
            box = box.clipped(toWidth: width, height: height)
            if !box.hasArea { return .failure(Refusal(reason: .outsideImage)) }
        }
        return box.width > 1 && box.height > 1 ? .success(box) : .failure(Refusal(reason: .tinyBox))
    }
}
