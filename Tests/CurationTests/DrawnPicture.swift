import NeedletailImages
import NeedletailRandom

/// Pictures made of discs of many sizes and colours: as different from each other as photographs are.
enum DrawnPicture {
    static func make(seed: UInt64, width: Int = 160, height: Int = 120) -> Image {
        var random = RandomStream(seed: seed, name: "picture")
        var image = Image(
            width: width, height: height, filledWith: Color(red: 90, green: 110, blue: UInt8(100 + seed % 40)))
        image.withUnsafeMutableBytes { bytes in
            for _ in 0..<60 {
                let (x0, y0) = (random.nextUnit() * Float(width), random.nextUnit() * Float(height))
                let radius = 2 + random.nextUnit() * Float(height) / 5
                let color = (0..<3).map { _ in UInt8(random.next() % 256) }
                for y in 0..<height {
                    for x in 0..<width
                    where (Float(x) - x0) * (Float(x) - x0) + (Float(y) - y0) * (Float(y) - y0) < radius * radius {
                        for channel in 0..<3 { bytes[(y * width + x) * 3 + channel] = color[channel] }
                    }
                }
            }
        }
        return image
    }
}

extension Image {
    /// Every sample changed by so much, as far as bytes go.
    func brighter(by difference: Int) -> Image {
        Image(
            width: width, height: height, format: format,
            bytes: bytes.map { UInt8(min(max(Int($0) + difference, 0), 255)) })
    }
}
