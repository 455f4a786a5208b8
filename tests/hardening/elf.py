# SPDX-License-Identifier: MIT
"""What an ELF file of 64 bits says of itself: headers, dynamic section, notes,
imported symbols. Only as much as the hardening check asks for (elf(5))."""
import struct

ET_DYN = 3
EM_X86_64 = 62
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO, PT_GNU_PROPERTY = 0x6474E551, 0x6474E552, 0x6474E553
PF_X, PF_W = 1, 2
DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_TEXTREL, DT_FLAGS = 5, 6, 10, 22, 30
DT_RPATH, DT_RUNPATH, DT_BIND_NOW, DT_FLAGS_1, DT_GNU_HASH = 15, 29, 24, 0x6FFFFFFB, 0x6FFFFEF5
DF_TEXTREL, DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 4, 8, 1, 0x08000000
GNU_PROPERTY_X86_FEATURE_1_AND = 0xC0000002
FEATURE_IBT, FEATURE_SHSTK = 1, 2
SHT_DYNSYM = 11


class Elf:
    """One file, read whole."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no little-endian ELF file of 64 bits")
        self.type, self.machine = struct.unpack_from("<HH", self.data, 16)
        table, self.sections_at = struct.unpack_from("<QQ", self.data, 32)
        size, count, self.section_size, self.section_count = struct.unpack_from(
            "<HHHH", self.data, 54)
        # (type, flags, offset, address, bytes in the file) of each segment
        self.segments = []
        for index in range(count):
            kind, flags, offset, address, _, in_file = struct.unpack_from(
                "<IIQQQQ", self.data, table + index * size)
            self.segments.append((kind, flags, offset, address, in_file))

    def segments_of(self, kind):
        """Those segments of one type."""
        return [segment for segment in self.segments if segment[0] == kind]

    def dynamic(self):
        """The dynamic section: each tag with its last value."""
        entries = {}
        for _, _, offset, _, length in self.segments_of(PT_DYNAMIC):
            for at in range(offset, offset + length, 16):
                tag, value = struct.unpack_from("<qQ", self.data, at)
                if tag == 0:
                    break
                entries[tag] = value
        return entries

    def feature_bits(self):
        """GNU_PROPERTY_X86_FEATURE_1_AND: what every object of the file supports."""
        for _, _, offset, _, length in self.segments_of(PT_GNU_PROPERTY):
            at = offset + 16  # past the note's header and "GNU\0"
            while at + 8 <= offset + length:
                kind, size = struct.unpack_from("<II", self.data, at)
                if kind == GNU_PROPERTY_X86_FEATURE_1_AND:
                    return struct.unpack_from("<I", self.data, at + 8)[0]
                at += 8 + (size + 7) // 8 * 8
        return 0

    def branch_targets(self):
        """How often endbr64 stands in the code."""
        return sum(self.data.count(b"\xf3\x0f\x1e\xfa", offset, offset + length)
                   for _, flags, offset, _, length in self.segments_of(PT_LOAD) if flags & PF_X)

    def _sections(self):
        for index in range(self.section_count):
            yield struct.unpack_from("<IIQQQQIIQQ", self.data,
                                     self.sections_at + index * self.section_size)

    def imports(self):
        """Names of the symbols that other objects have to bring."""
        sections = list(self._sections())
        names = set()
        for _, kind, _, _, offset, length, link, _, _, size in sections:
            if kind != SHT_DYNSYM:
                continue
            strings = sections[link][4]
            for at in range(offset, offset + length, size):
                name, _, _, section = struct.unpack_from("<IBBH", self.data, at)
                if section == 0 and name:
                    end = self.data.index(b"\0", strings + name)
                    names.add(self.data[strings + name:end].decode())
        return names
