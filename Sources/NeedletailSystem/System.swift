// Who works with files meets their errors. What else is public here is so to be inlined in other targets; the products
// do not show it.
@_exported import NeedletailErrors
