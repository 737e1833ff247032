/** The kernels over images as calls with checked arguments, for the table in calls.cc. */
#pragma once
#include "call.h"

void callConv2d(Call& call);
void callConv2dInputGrad(Call& call);
void callConv2dFilterGrad(Call& call);
void callDepthwiseConv2d(Call& call);
void callDepthwiseConv2dInputGrad(Call& call);
void callDepthwiseConv2dFilterGrad(Call& call);
void callMaxPool(Call& call);
void callMaxPoolGrad(Call& call);
void callMaxPoolPick(Call& call);
void callAvgPool(Call& call);
void callAvgPoolGrad(Call& call);
void callResizeBilinear(Call& call);
void callResizeBilinearGrad(Call& call);
