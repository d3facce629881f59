import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Tables as competitions and tools have them; the box is 10,20,30,40.
@Suite struct TableTests {
    private let folder: TemporaryFolder
    private static let box = Box(x: 10, y: 20, width: 30, height: 40)

    init() throws {
        folder = try TemporaryFolder()
        for name in ["a", "b"] { try folder.writeImage("\(name).png") }
    }

    private func read(_ text: String, _ columns: [TableColumns.Role: String] = [:]) throws -> Dataset {
        var options = ReadingOptions()
        options.columns = TableColumns(headers: columns)
        return try Dataset.read(try folder.write(text, to: "t.csv"), options: options)
    }

    @Test(arguments: [
        ("image_id,x_min,y_min,x_max,y_max,class_id,class_name", "a,10,20,40,60,3,cat"),
        ("patientId,x,y,width,height,Target", "a,10,20,30,40,cat"),
        ("image,x,y,width,height,image_width,image_height,label", "a.png,10,20,30,40,100,80,cat"),
        ("image_id,width,height,bbox,class", "a,100,80,\"[10.0, 20.0, 30.0, 40.0]\",cat"),
        ("img_path;bounding_box;Class Name", "a.png;(10 20 30 40);cat"),
        ("Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId", "a.png;100;80;10;20;40;60;cat"),
        ("file_name,left,top,right,bottom,label", "a.png,10,20,40,60,cat"),
        ("image_name,bbox_x,bbox_y,bbox_w,bbox_h,category", "a.png,10,20,30,40,cat"),
        ("path,x_center,y_center,w,h,name", "a.png,25,40,30,40,cat"),
    ]) func headers(_ header: String, _ row: String) throws {
        let dataset = try read("\(header)\n\(row)\n")
        #expect(dataset.images.map(\.fileName) == ["a.png"], "found by its name without extension, too")
        #expect(dataset.images[0].width == 100 && dataset.images[0].height == 80)
        #expect(dataset.annotations.map(\.box) == [Self.box])
        #expect(dataset.categories.map(\.name) == ["cat"] && dataset.issueCounts == [:])
    }

    @Test(arguments: [",,,", "NaN,NaN,NaN,NaN", "None,none,null,NA"])
    func rowsWithoutABoxAreImagesWithoutObjects(_ nothing: String) throws {
        let header = "filename,width,height,class,xmin,ymin,xmax,ymax"
        let dataset = try read("\(header)\na.png,100,80,cat,10,20,40,60\nb.png,100,80,No finding,\(nothing)\n")
        #expect(dataset.images.count == 2 && dataset.annotations.count == 1)
        #expect(dataset.categories.map(\.name) == ["cat"])
        let error = caught { _ = try read("\(header)\na.png,100,80,cat,10,,40,60\n") }
        #expect(error?.problem == "ymin is \"\", not a number" && error?.line == 2)
    }

    @Test func severalBoxesInOneColumn() throws {
        let dataset = try read(
            "image_id,bbox,label\na,\"[[10, 20, 30, 40], [1, 2, 3, 4]]\",cat\nb,[],cat\n")
        #expect(dataset.annotations.map(\.box) == [Self.box, Box(x: 1, y: 2, width: 3, height: 4)])
        #expect(dataset.images.count == 2)
        for text in ["[1, 2, 3]", "[1, 2, x, 4]"] {
            #expect(caught { _ = try read("image_id,bbox,label\na,\"\(text)\",cat\n") }?.problem.contains(text) == true)
        }
    }

    @Test func dictionariesInOneColumn() throws {
        let dataset = try read(
            """
            image_id,annotations,label
            a,"[{'x': 10, 'y': 20, 'width': 30, 'height': 40}, {'y': 2, 'x': 1, 'height': 4, 'width': 3}]",cat
            b,[],cat
            c,"{""xmin"": 10, ""ymin"": 20, ""w"": 30, ""h"": 40}",cat

            """)
        #expect(dataset.annotations.map(\.box) == [Self.box, Box(x: 1, y: 2, width: 3, height: 4), Self.box])
        #expect(dataset.images.count == 3)
        let error = caught { _ = try read("image_id,annotations,label\na,\"[{'x': 10, 'y': 20}]\",cat\n") }
        #expect(error?.problem.contains("does not say x, y, width and height") == true && error?.line == 2)
    }

    @Test func withoutAClassThereIsOne() throws {
        let dataset = try read("image_id,width,height,bbox,source\na,100,80,\"[10, 20, 30, 40]\",s\n")
        #expect(dataset.categories.map(\.name) == ["object"] && dataset.issueCounts == [.assumedCategory: 1])
    }

    /// Columns that a person names make the file a table.
    @Test func columnsThatAreGiven() throws {
        let dataset = try read(
            "bild,kasten,klasse\na.png,\"10, 20, 40, 60\",cat\n",
            [.image: "bild", .corners: "kasten", .category: "klasse"])
        #expect(dataset.annotations.map(\.box) == [Self.box] && dataset.provenance.format == .csv)
        #expect(caught { _ = try read("bild,kasten\na,b\n", [.image: "picture"]) }?.problem.contains("picture") == true)
    }

    @Test func imagesInAFolderBeside() throws {
        try folder.writeImage("train/c.png")
        try folder.writeImage("test/c.png")
        let path = try folder.write("image_id,bbox,label\nc,\"[10, 20, 30, 40]\",cat\n", to: "train.csv")
        let dataset = try Dataset.read(path)
        #expect(dataset.absence(ofImage: 0) == nil && dataset.images[0].width == 100)
        #expect(dataset.imagePath(ofImage: 0) == folder("train/c.png"))
        // A folder whose name has both words in it, and one whose name says nothing.
        for (image, name) in [("train_images/d.png", "d"), ("stuff/e.png", "e")] {
            try folder.writeImage(image)
            let text = "image_id,bbox,label\n\(name),\"[10, 20, 30, 40]\",cat\n"
            #expect(try Dataset.read(try folder.write(text, to: "train.csv")).imagePath(ofImage: 0) == folder(image))
        }
    }

    @Test(arguments: ["1e300", "-1e40"]) func sizesThatAreNone(_ width: String) {
        let text = "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,\(width),80,cat,10,20,40,60\n"
        #expect(caught { _ = try read(text) }?.problem.contains("width") == true)
    }
}
