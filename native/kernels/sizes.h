/** Numbers of things, and how many fill their Vecs, blocks or lines of the cache. */
#pragma once
#include "../simd/vec.h"

namespace ISA {
namespace {

constexpr size_t least(size_t a, size_t b) { return a < b ? a : b; }
constexpr size_t most(size_t a, size_t b) { return a > b ? a : b; }
constexpr size_t blocksOf(size_t n, size_t block) { return (n + block - 1) / block; }

/** n rounded up to whole Vecs. */
constexpr size_t wholeVecs(size_t n) { return blocksOf(n, Vec::lanes) * Vec::lanes; }

/** Floats in a line of the cache. */
constexpr size_t lineFloats = 16;

}  // namespace
}  // namespace ISA
