import NeedletailCommandLine

Program.main()
