/** A rung of the ladder of conv2d; each file in conv2d/ defines it in its own way. */
#pragma once
#include <stddef.h>

/**
 * y[image,i,j,o] = sum over p, q, c of x[image,i+p,j+q,c] filter[p,q,c,o]: x is
 * [images,size,size,channels], the filter [kernel,kernel,channels,filters], y
 * [images,size-kernel+1,size-kernel+1,filters]. Single-threaded.
 */
void conv2d(const float* x, const float* filter, float* y, size_t images, size_t size,
            size_t channels, size_t filters, size_t kernel);
